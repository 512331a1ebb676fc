import { z } from 'zod';
import { cadence, duration, name, place } from '../../config/values.js';

/** A name of an object in Kubernetes. */
const objectNameWords = { error: 'a name of an object in Kubernetes: a-z, 0-9, "-" and "."' };
export const objectName = z
  .string(objectNameWords)
  .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, objectNameWords);

const component = z
  .strictObject({
    component: name.describe('Component of the platform: its minimum and its recovery target.'),
    namespace: objectName
      .optional()
      .describe('Namespace; where the target names only one, that one when absent.'),
    deployment: objectName.optional().describe('Deployment that runs it.'),
    statefulSet: objectName.optional().describe('StatefulSet that runs it.'),
    labels: z
      .record(z.string().min(1), z.string())
      .optional()
      .describe(
        'Labels of the Deployments and StatefulSets that run it together, such as workers.',
      ),
    minimum: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("Instances that must serve; the platform's own for a component it knows, else 2."),
    spread: z
      .enum(['zone', 'node', 'none'])
      .optional()
      .describe('What its instances must not all share; zone, or none where the minimum is 1.'),
    lease: objectName
      .optional()
      .describe('Lease by which its instances elect a leader; its loss is timed.'),
  })
  .describe('One component of the platform and the workloads that run it.');

/** One Kubernetes cluster and the components that run in it. */
export const replicasTarget = z.strictObject({
  name: name.describe('Name of the Kubernetes cluster.'),
  ...place,
  kubeconfig: z
    .strictObject({
      file: z
        .string()
        .min(1)
        .optional()
        .describe('kubeconfig file; KUBECONFIG or ~/.kube/config when absent.'),
      context: z.string().min(1).optional().describe('Context in it; the current one when absent.'),
    })
    .optional()
    .describe('How the cluster is reached; by the service account of the pod when absent.'),
  namespaces: z
    .array(z.union([z.literal('*'), objectName]))
    .min(1)
    .max(100)
    .describe('Namespaces that are watched; "*" for all.'),
  labelSelector: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Label selector for pods and workloads, applied by the API server; all when absent.'),
  components: z.array(component).min(1).max(200).describe('What runs in the cluster.'),
  nodeLeases: z
    .boolean()
    .prefault(true)
    .describe(
      'Whether the leases of the nodes are watched: they tell when a lost node last lived.',
    ),
  ...cadence({ interval: '125ms', timeout: '10s', minInterval: '50ms' }),
  staleAfter: duration({ min: '1s', max: '10m' })
    .prefault('30s')
    .describe('How long what was read last stands for what is, when the API server is not heard.'),
  plannedLimit: duration({ min: '10s', max: '1d' })
    .prefault('10m')
    .describe('How long an instance may be missing for a rollout, a scale-up or a drain.'),
});
