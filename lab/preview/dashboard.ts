/** What the previewer reads of a dashboard in Grafana's classic schema. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly time?: { readonly from: string; readonly to: string };
  readonly templating?: { readonly list: readonly Variable[] };
  readonly annotations?: { readonly list: readonly Annotation[] };
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  /** 2: not shown. */
  readonly hide?: number;
  readonly query?: string | { readonly query: string };
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly regex?: string;
}

export interface Annotation {
  readonly name: string;
  readonly expr?: string;
  readonly enable?: boolean;
  readonly iconColor?: string;
  readonly titleFormat?: string;
  readonly target?: { readonly expr?: string };
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly format?: string;
  readonly hide?: boolean;
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly transparent?: boolean;
  readonly repeat?: string;
  readonly collapsed?: boolean;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly Target[];
  readonly options?: PanelOptions;
  readonly fieldConfig?: {
    readonly defaults?: FieldConfig;
    readonly overrides?: readonly Override[];
  };
  readonly transformations?: readonly Transformation[];
}

export interface Transformation {
  readonly id: string;
  readonly disabled?: boolean;
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options?: unknown };
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
}

export interface ReduceOptions {
  readonly calcs?: readonly string[];
}

export interface LegendOptions {
  readonly showLegend?: boolean;
  readonly displayMode?: string;
  readonly placement?: string;
  readonly calcs?: readonly string[];
  readonly width?: number;
}

/** Options of the panel types that are drawn, of all of them together. */
export interface PanelOptions {
  readonly reduceOptions?: ReduceOptions;
  readonly legend?: LegendOptions;
  readonly colorMode?: string;
  readonly graphMode?: string;
  readonly justifyMode?: string;
  readonly textMode?: string;
  readonly orientation?: string;
  readonly namePlacement?: string;
  readonly maxVizHeight?: number;
  readonly showHeader?: boolean;
  readonly cellHeight?: string;
  readonly sortBy?: readonly { readonly displayName: string; readonly desc?: boolean }[];
  readonly rowHeight?: number;
  readonly showValue?: string;
  readonly perPage?: number;
  readonly content?: string;
  readonly color?: { readonly fill?: string };
}

export interface Threshold {
  readonly value: number | null;
  readonly color: string;
}

export interface Thresholds {
  readonly mode: string;
  readonly steps: readonly Threshold[];
}

export interface MappingResult {
  readonly text?: string;
  readonly color?: string;
  readonly index?: number;
}

export type Mapping =
  | { readonly type: 'value'; readonly options: Readonly<Record<string, MappingResult>> }
  | {
      readonly type: 'range';
      readonly options: {
        readonly from: number | null;
        readonly to: number | null;
        readonly result: MappingResult;
      };
    }
  | {
      readonly type: 'regex';
      readonly options: { readonly pattern: string; readonly result: MappingResult };
    }
  | {
      readonly type: 'special';
      readonly options: { readonly match: string; readonly result: MappingResult };
    };

export interface CustomConfig {
  readonly drawStyle?: string;
  readonly lineWidth?: number;
  readonly fillOpacity?: number;
  readonly lineInterpolation?: string;
  readonly lineStyle?: { readonly fill?: string; readonly dash?: readonly number[] };
  readonly showPoints?: string;
  readonly pointSize?: number;
  readonly spanNulls?: boolean | number;
  readonly stacking?: { readonly mode?: string; readonly group?: string };
  readonly scaleDistribution?: {
    readonly type?: string;
    readonly log?: number;
    readonly linearThreshold?: number;
  };
  readonly thresholdsStyle?: { readonly mode?: string };
  readonly fillBelowTo?: string;
  readonly hideFrom?: { readonly legend?: boolean; readonly viz?: boolean };
  readonly cellOptions?: { readonly type?: string; readonly mode?: string };
  readonly align?: string;
  readonly width?: number;
  readonly minWidth?: number;
  readonly hidden?: boolean;
}

export interface FieldConfig {
  readonly displayName?: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly noValue?: string;
  readonly color?: { readonly mode: string; readonly fixedColor?: string };
  readonly thresholds?: Thresholds;
  readonly mappings?: readonly Mapping[];
  readonly links?: readonly { readonly title?: string; readonly url?: string }[];
  readonly custom?: CustomConfig;
}
