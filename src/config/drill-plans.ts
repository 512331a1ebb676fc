import { z } from 'zod';
import { objectName } from '../collectors/replicas/schema.js';
import { disruptions } from '../slo/answers.js';
import { duration, name } from './values.js';

const planNameWords = { error: 'a name of 1 to 40 characters of a-z, 0-9 and "-"' };
/** It becomes a part of the names of objects in Kubernetes. */
const planName = z
  .string(planNameWords)
  .regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, planNameWords);

const labels = z.record(z.string().min(1).max(317), z.string().max(63));
const cluster = name.describe('Name of a cluster under collectors.replicas.');

/** Kinds of Chaos Mesh that are used, and what each can do. */
export const chaosActions = {
  PodChaos: ['pod-kill', 'pod-failure', 'container-kill'],
  NetworkChaos: ['partition', 'delay', 'loss'],
} as const;
export const chaosModes = ['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent'] as const;

const chaos = z
  .strictObject({
    cluster,
    kind: z.enum(['PodChaos', 'NetworkChaos']).describe('Kind of Chaos Mesh object.'),
    action: z
      .enum([...chaosActions.PodChaos, ...chaosActions.NetworkChaos])
      .describe('What it does; the first three are of PodChaos, the others of NetworkChaos.'),
    mode: z.enum(chaosModes).prefault('one').describe('How many of those selected are hit.'),
    value: z
      .string()
      .regex(/^\d{1,5}$/, { error: 'a whole number in quotes, such as "50"' })
      .optional()
      .describe('Number or percentage, for the modes fixed and *-percent.'),
    component: name
      .optional()
      .describe(
        'Component whose pods are selected: by the label app, with the name of its Deployment or StatefulSet.',
      ),
    labels: labels.optional().describe('Labels of the pods that are selected, instead.'),
    namespace: objectName
      .optional()
      .describe("Namespace of the pods and of the object; the component's when absent."),
    containers: z
      .array(objectName)
      .min(1)
      .max(20)
      .optional()
      .describe('Containers that container-kill ends.'),
    duration: duration({ min: '1s', max: '1d' })
      .optional()
      .describe('How long it lasts; pod-kill and container-kill happen once.'),
    gracePeriod: duration({ min: '1s', max: '10m' })
      .optional()
      .describe('How long killed pods may take to end; none when absent.'),
    towards: labels
      .optional()
      .describe('Labels of the pods that the network is cut off from; everybody when absent.'),
    latency: duration({ min: '1ms', max: '1m' }).optional().describe('Latency that delay adds.'),
    loss: z.int().min(1).max(100).optional().describe('Percentage of packets that loss drops.'),
  })
  .describe('A failure that Chaos Mesh makes.');

const drain = z
  .strictObject({
    cluster,
    node: objectName.optional().describe('Name of the node.'),
    zone: name.optional().describe('Zone, all of whose nodes are drained.'),
    component: name
      .optional()
      .describe('Component: a node is drained that runs an instance of it, the first by name.'),
    gracePeriod: duration({ min: '1s', max: '1h' })
      .optional()
      .describe("How long a pod may take to end; the pod's own when absent."),
    within: duration({ min: '1s', max: '1h' })
      .prefault('5m')
      .describe('How long evictions are tried that a disruption budget refuses.'),
  })
  .describe('Nodes are cordoned, their pods are evicted, and they are uncordoned at the end.');

const argv = z.array(z.string().min(1).max(4096)).min(1).max(100);

const command = z
  .strictObject({
    inject: argv.describe(
      'Program and arguments that make the failure, without a shell; it may print "target: NAME", a line for each it hit.',
    ),
    cleanup: argv.describe('Program and arguments that mend it; run at every end.'),
    targets: z
      .array(z.string().min(1).max(253))
      .min(1)
      .max(100)
      .optional()
      .describe('What it hits, where it prints none and ends with 0.'),
    timeout: duration({ min: '1s', max: '1h' })
      .prefault('1m')
      .describe('Time limit of each of the two.'),
  })
  .describe('A failure that a program of your own makes.');

/** Ways to make a failure; a plan has one of them. */
export const injectionKinds = ['chaos', 'drain', 'command'] as const;

export const drillPlan = z
  .strictObject({
    name: planName.describe('Name of the plan, for `sensei drill run`.'),
    scenario: z.enum(disruptions).describe('The kind of failure that it exercises.'),
    what: z.string().min(1).max(2000).describe('What is done, in one sentence.'),
    components: z
      .array(name)
      .min(1)
      .max(50)
      .optional()
      .describe(
        'Components whose SLOs time it; that of chaos or drain when absent, else all of them.',
      ),
    chaos: chaos.optional(),
    drain: drain.optional(),
    command: command.optional(),
    schedule: z
      .string()
      .regex(/^\S+( \S+){4}$/, { error: 'the five fields of cron, such as "0 10 1 * *"' })
      .optional()
      .describe(
        'When a generated Schedule comes; by alerts.drills when absent: at 10:00 of the first of the month, quarter or year.',
      ),
    observe: duration({ min: '1s', max: '10m' })
      .prefault('30s')
      .describe('How long SLIs are recorded before and after.'),
    settle: duration({ min: '1s', max: '10m' })
      .prefault('15s')
      .describe('How long a failure may take to hit something, and an outage to be told.'),
    recoverWithin: duration({ min: '1s', max: '1d' })
      .prefault('10m')
      .describe('How long recovery is waited for.'),
    cleanupWithin: duration({ min: '1s', max: '1h' })
      .prefault('1m')
      .describe('How long it may take until what was broken is proved to be mended.'),
  })
  .describe('A failure that `sensei drill run NAME` exercises: one of chaos, drain, command.');
export type DrillPlan = z.output<typeof drillPlan>;
