import {expect, test} from 'vitest';
import {readLines} from '../read-lines.ts';

const header = [
  'Events:',
  '  Type     Reason     Age   From               Message',
  '  ----     ------     ----  ----               -------',
];
const scheduled = '  Normal   Scheduled  2m    default-scheduler  Successfully assigned llm/engine-0 to gpu-node-3';
const started = '  Normal   Started    40s   kubelet            Started container engine';
const refused = (probe: string): string =>
  `  Warning  Unhealthy  5s (x4 over 35s)  kubelet  ${probe} probe failed: Get "http://10.1.2.3:30000/health": dial tcp 10.1.2.3:30000: connect: connection refused`;

/** Texts of kubectl, by what is wrong in them; each with the words that must be in its message. */
const texts: readonly (readonly [name: string, code: string, words: string, lines: readonly string[]])[] = [
  [
    'a startup probe',
    'startup-probe-failed',
    'fails, 40s after the container was started: nothing listens on port 30000 yet',
    [...header, scheduled, started, refused('Startup')],
  ],
  [
    'a container that exits by itself, which also answers no readiness probe',
    'container-exits',
    'starts and exits, again and again',
    [
      ...header,
      refused('Readiness'),
      '  Warning  BackOff    11s   kubelet            Back-off restarting failed container engine in pod engine-0',
    ],
  ],
  [
    'a liveness probe that restarts the container, and readiness at the same time',
    'liveness-probe-failed',
    'Kubernetes restarts the container because of it',
    [
      ...header,
      refused('Liveness'),
      '  Normal   Killing    1s    kubelet            Container engine failed liveness probe, will be restarted',
      refused('Readiness'),
    ],
  ],
  [
    'a probe without an answer in time',
    'readiness-probe-failed',
    'does not answer in time',
    [
      '  Warning  Unhealthy  5s  kubelet  Readiness probe failed: Get "http://10.1.2.3:8000/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
  ],
  [
    'a probe of a path that is not there',
    'readiness-probe-failed',
    '(404)',
    ['  Warning  Unhealthy  5s  kubelet  Readiness probe failed: HTTP probe failed with statuscode: 404'],
  ],
  [
    'GPUs that no node has',
    'not-scheduled',
    'as many free GPUs',
    [
      ...header,
      "  Warning  FailedScheduling  70s  default-scheduler  0/7 nodes are available: 3 Insufficient nvidia.com/gpu, 4 node(s) didn't match Pod's node affinity/selector.",
    ],
  ],
  [
    'a claim that is not bound',
    'not-scheduled',
    'volume',
    [
      '  Warning  FailedScheduling  70s  default-scheduler  0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
    ],
  ],
  [
    'an image without credentials',
    'image-not-pulled',
    'The image registry.example/engine:1 could not be pulled: access is denied',
    [
      ...header,
      '  Warning  Failed   20s  kubelet  Failed to pull image "registry.example/engine:1": failed to authorize: 401 Unauthorized',
      '  Warning  Failed   20s  kubelet  Error: ErrImagePull',
      '  Normal   BackOff  5s   kubelet  Back-off pulling image "registry.example/engine:1"',
    ],
  ],
  [
    'an image that comes too slowly, in rows without columns',
    'image-not-pulled',
    'not reached, or too slowly',
    [
      'engine-7d9f8b6c5d-x2x4z 0/1 ContainerCreating node-1',
      'Failed to pull image: context deadline exceeded',
      'Warning Failed kubelet Error: ErrImagePull',
    ],
  ],
  [
    'a container at its memory limit',
    'out-of-memory',
    'reached its memory limit (64Gi): exit code 137',
    [
      'Name:             engine-0',
      'Namespace:        llm',
      'Containers:',
      '  engine:',
      '    Image:          vllm/vllm-openai:v0.10.0',
      '    Command:',
      '      vllm',
      '      serve',
      '    State:          Waiting',
      '      Reason:       CrashLoopBackOff',
      '    Last State:     Terminated',
      '      Reason:       OOMKilled',
      '      Exit Code:    137',
      '    Restart Count:  4',
      '    Limits:',
      '      cpu:             16',
      '      memory:          64Gi',
      '      nvidia.com/gpu:  8',
      '    Requests:',
      '      memory:          32Gi',
      ...header,
      '  Warning  BackOff  5s  kubelet  Back-off restarting failed container engine in pod engine-0',
    ],
  ],
  [
    'a container that was killed for another reason',
    'container-exited',
    'not for its memory limit',
    ['    Last State:     Terminated', '      Reason:       Error', '      Exit Code:    137'],
  ],
  [
    'a container that exits',
    'container-exits',
    'with code 1, again and again',
    [
      '    Last State:     Terminated',
      '      Reason:       Error',
      '      Exit Code:    1',
      '  Warning  BackOff  5s  kubelet  Back-off restarting failed container engine in pod engine-0',
    ],
  ],
  [
    'an image for a newer driver',
    'driver-too-old',
    'needs cuda>=12.8',
    [
      '  Warning  Failed  5s  kubelet  Error: failed to create containerd task: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver',
    ],
  ],
  [
    'a volume',
    'volume-not-mounted',
    '(models)',
    [
      '  Warning  FailedMount  5s  kubelet  MountVolume.SetUp failed for volume "models" : mount failed: exit status 32',
    ],
  ],
  [
    'a node without disk',
    'evicted',
    'ran out of ephemeral-storage',
    ['  Warning  Evicted  5s  kubelet  The node was low on resource: ephemeral-storage.'],
  ],
  [
    'a description of an evicted pod',
    'evicted',
    'ran out of memory',
    [
      'Status:       Failed',
      'Reason:       Evicted',
      'Message:      The node was low on resource: memory. Container engine was using 41Gi, request is 0.',
    ],
  ],
  [
    'a volume above its limit',
    'evicted',
    'volume cache (emptyDir) grew above its limit of 2Gi',
    ['Warning  Evicted  pod/engine-0', '         Usage of EmptyDir volume "cache" exceeds the limit "2Gi".'],
  ],
  [
    'a node under pressure',
    'evicted',
    'ran out of disk',
    [
      'Mar 17 12:45:18 node-3 kubelet[2278]: W0317 12:45:18.103283    2278 eviction_manager.go:159] Failed to admit pod engine-0_ai(0a1b2c3d) - node has conditions: [DiskPressure]',
    ],
  ],
  [
    'a pod that a node under pressure refused',
    'evicted',
    'ran out of disk',
    [
      'Status:       Failed',
      'Reason:       Evicted',
      'Message:      Pod was rejected: The node had condition: [DiskPressure].',
    ],
  ],
  [
    'a node with too many processes',
    'evicted',
    'ran out of process IDs',
    [
      'Status:       Failed',
      'Reason:       Evicted',
      'Message:      Pod was rejected: The node had condition: [PIDPressure].',
    ],
  ],
  [
    'a list with a crash',
    'container-exits',
    'again and again',
    [
      'NAME       READY   STATUS             RESTARTS      AGE',
      'engine-0   0/1     CrashLoopBackOff   7 (2m ago)    21m',
      'router-0   1/1     Running            0             21m',
    ],
  ],
];

test.each(texts)('%s', (_, code, words, lines) => {
  const found = readLines(lines);
  expect(found).toMatchObject({kind: 'kubernetes', exit: 'failed'});
  expect(found?.findings.map((finding) => finding.code)).toEqual([`kubernetes.${code}`]);
  expect(found?.findings[0]?.message).toContain(words);
  if (words.includes('process IDs')) expect(found?.findings[0]?.remedy).toContain('pid_max');
});

test.each(texts)(
  '%s: the same as every line is quoted by kubectl events with its age in front',
  (_, code, __, lines) => {
    const found = readLines(
      lines.map((line) => line.replace(/^ {2}(Normal|Warning) +(\w+) +(\d+s)/, '$3   $1   $2   pod/engine-0')),
    );
    expect(found?.findings[0]?.code).toBe(`kubernetes.${code}`);
  },
);

test('a list of pods that are ready is no failure, one that is not yet is a warning', () => {
  const head = 'NAMESPACE   NAME       READY   STATUS    RESTARTS   AGE';
  expect(readLines([head, 'llm         engine-0   1/1     Running   0          3d'])).toMatchObject({
    exit: 'no-failure',
    findings: [],
  });
  expect(readLines([head, 'llm         engine-0   0/1     Running   0          3m'])).toMatchObject({
    exit: 'no-failure',
    findings: [{code: 'kubernetes.pod-not-ready', severity: 'warning'}],
  });
  expect(readLines([head, 'llm         engine-0   0/1     Pending   0          3m'])?.findings[0]?.remedy).toContain(
    'kubectl describe pod engine-0',
  );
});

test('an image that was pulled in the end, and a pod that found its node, are no failure', () => {
  const lines = [
    '  Warning  FailedScheduling  9m  default-scheduler  0/3 nodes are available: 3 Insufficient nvidia.com/gpu.',
    scheduled,
    '  Warning  Failed   80s  kubelet  Failed to pull image "engine:1": i/o timeout',
    '  Normal   Pulled   50s  kubelet  Successfully pulled image "engine:1" in 30s',
    started,
  ];
  expect(readLines(lines)).toMatchObject({kind: 'kubernetes', exit: 'no-failure', findings: []});
});

test('the log of an engine below a description stays the log, with the limit that ended it first', () => {
  const found = readLines([
    '    Last State:     Terminated',
    '      Reason:       OOMKilled',
    '      Exit Code:    137',
    "[2026-05-06 12:30:01] server_args=ServerArgs(model_path='/models/big', mem_fraction_static=0.85, tp_size=2)",
    '[2026-05-06 12:30:09 TP0] Init torch distributed begin.',
    '[2026-05-06 12:30:14 TP0] Load weight begin. avail mem=78.10 GB',
  ]);
  expect(found).toMatchObject({kind: 'engine-log', engine: 'sglang', exit: 'failed'});
  expect(found?.findings[0]?.code).toBe('kubernetes.out-of-memory');
});

test('words of events in a log are no events', () => {
  expect(readLines(['Warning: this is deprecated', 'Normal operation', 'Warning Something happened here'])).toBeNull();
});

test('a pod that the device plugin refused: neither the scheduler’s echo nor a forgotten volume is the cause', () => {
  const found = readLines([
    'Events:',
    '  Type     Reason                    Age               From               Message',
    '  ----     ------                    ----              ----               -------',
    '  Normal   Scheduled                 40s               default-scheduler  Successfully assigned serve/engine-0 to gpu-07',
    "  Warning  FailedScheduling          40s               default-scheduler  AssumePod failed: pod 5f3c is in the cache, so can't be assumed",
    '  Warning  UnexpectedAdmissionError  40s               kubelet            Allocate failed due to rpc error: code = Unknown desc = no healthy devices present, which is unexpected',
    '  Warning  FailedMount               8s (x6 over 40s)  kubelet            MountVolume.SetUp failed for volume "kube-api-access-1" : object "serve"/"kube-root-ca.crt" not registered',
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'kubernetes.device-not-allocated'}]});
  expect(found?.findings[0]?.message).toContain('no healthy devices present');
});

test('a claim that is not there is still a volume that could not be mounted', () => {
  const found = readLines([
    'Events:',
    '  Type     Reason       Age  From     Message',
    '  ----     ------       ---- ----     -------',
    '  Warning  FailedMount  9s   kubelet  MountVolume.SetUp failed for volume "models" : mount failed: exit status 32',
  ]);
  expect(found).toMatchObject({findings: [{code: 'kubernetes.volume-not-mounted'}]});
});

test('what the runtime of containers says of the driver is the cause', () => {
  const read = readLines([
    '    State:       Waiting',
    '      Reason:    CrashLoopBackOff',
    '    Last State:  Terminated',
    '      Reason:    StartError',
    '      Message:   failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: error running hook #0: exit status 1, stdout: , stderr: Auto-detected mode as legacy',
    'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown',
    '      Exit Code:    128',
  ]);
  expect(read).toMatchObject({exit: 'failed', findings: [{code: 'kubernetes.driver-mismatch'}]});
});
