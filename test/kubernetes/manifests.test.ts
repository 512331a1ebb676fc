import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  nodeLeaseNamespace,
  resourceNames,
  resources,
} from '../../src/collectors/replicas/resources.js';
import { loadDeployment } from '../../src/deployment/load.js';
import { formatFault } from '../../src/config/fault.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'kubernetes');
const overlays = ['one-region', 'postgres-store', 'two-regions/us-east-1', 'two-regions/us-west-2'];

interface Manifest {
  readonly file: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- manifests of every kind
  readonly [key: string]: any;
}

function documentsIn(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return {
      file: relative(folder, file),
      ...(document.toJS() as Omit<Manifest, 'file'>),
    } as Manifest;
  });
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  // What breaks things on purpose, and the rights for it, are in no kustomization: see test/drills.
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('chaos/'))
  .map((file) => join(folder, file));
const kustomizations = files.filter((file) => file.endsWith('kustomization.yaml'));
const manifests = files
  .filter((file) => !kustomizations.includes(file) && !file.endsWith('sensei.yaml'))
  .flatMap(documentsIn);

function ofKind(...kinds: string[]): Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind));
}

/** What a kustomization names, as paths. */
function namedBy(file: string): string[] {
  const [content] = documentsIn(file);
  const { resources: named = [], configMapGenerator = [] } = content as unknown as {
    resources?: string[];
    configMapGenerator?: { files: string[] }[];
  };
  return [...named, ...configMapGenerator.flatMap((each) => each.files)].map((name) =>
    join(dirname(file), name),
  );
}

/** All that an overlay applies. */
function appliedBy(file: string): Manifest[] {
  return namedBy(file).flatMap((path) => {
    if (path.endsWith('sensei.yaml')) return [];
    return statSync(path).isDirectory()
      ? appliedBy(join(path, 'kustomization.yaml'))
      : documentsIn(path);
  });
}

describe('the kustomizations', () => {
  it('name only what there is, and everything there is', () => {
    const named = new Set(kustomizations.flatMap(namedBy));
    expect([...named].filter((path) => !existsSync(path))).toEqual([]);
    const bare = files.filter((file) => !named.has(file) && !kustomizations.includes(file));
    expect(bare.map((file) => relative(folder, file))).toEqual([]);
  });

  it.each(overlays)(
    '%s: applies each object once, with all that a running exporter needs',
    (overlay) => {
      const applied = appliedBy(join(folder, 'overlays', overlay, 'kustomization.yaml'));
      const names = applied.map(
        ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      );
      expect(new Set(names).size).toBe(names.length);
      const kinds = applied.map(({ kind }) => kind);
      expect(kinds).toEqual(
        expect.arrayContaining([
          'Namespace',
          'ServiceAccount',
          'Service',
          'NetworkPolicy',
          'ClusterRole',
          'Role',
        ]),
      );
      expect(kinds.filter((kind) => kind === 'StatefulSet' || kind === 'Deployment')).toHaveLength(
        1,
      );
    },
  );

  it.each(overlays)('%s: has a configuration that loads without a warning', async (overlay) => {
    const result = await loadDeployment(
      join(folder, 'overlays', overlay, 'exporter', 'sensei.yaml'),
    );
    expect(result.ok ? [] : result.faults.map(formatFault)).toEqual([]);
    expect(result.ok && result.warnings).toEqual([]);
  });

  it('the regions ask each other', async () => {
    const peersOf = async (region: string) => {
      const result = await loadDeployment(
        join(folder, 'overlays/two-regions', region, 'exporter/sensei.yaml'),
      );
      return result.ok ? result.config.peers?.exporters.map(({ name }) => name) : [];
    };
    expect(await peersOf('us-east-1')).toEqual(['us-west-2']);
    expect(await peersOf('us-west-2')).toEqual(['us-east-1']);
  });
});

describe('the rights', () => {
  const rules = ofKind('Role', 'ClusterRole').flatMap(({ metadata, rules: list }) =>
    (list as { apiGroups: string[]; resources: string[]; verbs: string[] }[]).map((rule) => ({
      ...rule,
      namespace: metadata.namespace ?? '',
    })),
  );

  it('are list and watch, nothing else', () => {
    expect(rules.map(({ verbs }) => verbs.join())).toEqual(rules.map(() => 'list,watch'));
  });

  it('are for exactly what the collector reads', () => {
    const granted = rules.flatMap(({ apiGroups, resources: list, namespace }) =>
      apiGroups.flatMap((group) => list.map((plural) => `${namespace} ${group}/${plural}`)),
    );
    const needed = resourceNames.map((name) => {
      const { group, plural, isNamespaced } = resources[name];
      return `${isNamespaced ? 'sensei' : ''} ${group}/${plural}`;
    });
    const nodeLeases = `${nodeLeaseNamespace} ${resources.leases.group}/${resources.leases.plural}`;
    expect(granted.toSorted()).toEqual([...needed, nodeLeases].toSorted());
  });

  it('are bound to the account that the pods run under', () => {
    const account = {
      kind: 'ServiceAccount',
      name: 'sensei-exporter',
      namespace: 'sensei-monitoring',
    };
    for (const { subjects, roleRef, metadata } of ofKind('RoleBinding', 'ClusterRoleBinding')) {
      expect(subjects).toEqual([account]);
      expect(roleRef.name).toBe(metadata.name);
    }
    for (const { spec } of ofKind('StatefulSet', 'Deployment')) {
      expect(spec.template.spec.serviceAccountName).toBe(account.name);
    }
  });
});

describe.each(ofKind('StatefulSet', 'Deployment').map((each) => [each.kind, each] as const))(
  'the %s',
  (_kind, { spec }) => {
    const pod = spec.template.spec;
    const [container] = pod.containers;

    it('keeps to the Pod Security Standard "restricted"', () => {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.containers).toHaveLength(1);
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC).toBeUndefined();
      expect(pod.volumes.some((volume: object) => 'hostPath' in volume)).toBe(false);
    });

    it('gives secrets as files that nobody else reads, never by the environment', () => {
      const secret = pod.volumes.find((volume: object) => 'secret' in volume);
      expect(secret.secret.defaultMode).toBe(0o400);
      expect(container.env.filter((each: object) => 'valueFrom' in each)).toEqual([]);
      expect(container.envFrom).toBeUndefined();
    });

    it('has limits, and a heap within them', () => {
      const limitMi = Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)![1]);
      const heap = container.env.find(
        ({ name }: { name: string }) => name === 'NODE_OPTIONS',
      ).value;
      expect(Number(/--max-old-space-size=(\d+)/.exec(heap)![1])).toBeLessThan(limitMi);
      expect(container.resources.requests).toMatchObject({ cpu: expect.any(String) as string });
    });

    it('is probed where the server answers', () => {
      const served = readFileSync(join(root, 'src/server/app.ts'), 'utf8');
      for (const probe of [
        container.startupProbe,
        container.livenessProbe,
        container.readinessProbe,
      ]) {
        expect(served).toContain(`'${probe.httpGet.path}'`);
        expect(probe.httpGet.port).toBe(container.ports[0].name);
      }
      expect(container.ports[0].containerPort).toBe(9808);
    });

    it('mounts what its configuration names', () => {
      const mounts = container.volumeMounts.map(
        ({ mountPath }: { mountPath: string }) => mountPath,
      );
      expect(mounts).toEqual(
        expect.arrayContaining(['/etc/sensei', '/etc/sensei-secrets', '/tmp']),
      );
      expect(container.args).toEqual(['exporter', '--config', '/etc/sensei/sensei.yaml']);
    });

    it('is what the services, policies and budgets select', () => {
      const { labels } = spec.template.metadata;
      expect(spec.selector.matchLabels).toEqual(labels);
      for (const service of ofKind('Service')) expect(service.spec.selector).toEqual(labels);
      for (const policy of ofKind('NetworkPolicy')) {
        expect(policy.spec.podSelector.matchLabels).toEqual(labels);
        expect(policy.spec.policyTypes).toEqual(['Ingress', 'Egress']);
      }
      for (const budget of ofKind('PodDisruptionBudget')) {
        expect(budget.spec.selector.matchLabels).toEqual(labels);
      }
    });
  },
);

describe('the ServiceMonitor', () => {
  it('selects one service, and a port that it has', () => {
    const [monitor] = ofKind('ServiceMonitor');
    const wanted = Object.entries(monitor!.spec.selector.matchLabels as Record<string, string>);
    const selected = ofKind('Service').filter(({ metadata }) =>
      wanted.every(([key, value]) => metadata.labels?.[key] === value),
    );
    expect(selected).toHaveLength(1);
    expect(selected[0]!.spec.ports[0].name).toBe(monitor!.spec.endpoints[0].port);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

  it('copies only what there is', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      match[1]!.split(' '),
    );
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const sent = readFileSync(join(root, '.dockerignore'), 'utf8');
    expect(copied.filter((path) => !sent.includes(`!${path.replace(/^\.\//, '')}\n`))).toEqual([]);
  });

  it('pins the images that it begins with, and ends as nobody', () => {
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]!);
    expect(images.filter((image) => image !== 'scratch' && !/:(?!latest)/.test(image))).toEqual([]);
    const stages = dockerfile.split(/^FROM /m);
    for (const stage of stages.filter((each) => each.includes('ENTRYPOINT'))) {
      expect(stage).toContain('USER 65532:65532');
    }
  });
});
