/** What a hook is told about the execution that it is part of. */
export interface HookContext {
  readonly execution: string;
  readonly kind: 'failover' | 'failback';
  readonly mode: 'planned' | 'unplanned';
  readonly from: string;
  readonly to: string;
  readonly deployment: string;
  readonly isDrill: boolean;
}

/** As a program has it, in its environment. */
export function variablesOf(hook: string, context: HookContext): Record<string, string> {
  return {
    SENSEI_EXECUTION: context.execution,
    SENSEI_KIND: context.kind,
    SENSEI_MODE: context.mode,
    SENSEI_FROM: context.from,
    SENSEI_TO: context.to,
    SENSEI_DEPLOYMENT: context.deployment,
    SENSEI_DRILL: String(context.isDrill),
    SENSEI_HOOK: hook,
  };
}

/** As a server has it, in the body of the request. */
export function bodyOf(hook: string, { isDrill, ...context }: HookContext): string {
  return JSON.stringify({ ...context, drill: isDrill, hook });
}
