import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {unknownLogContext} from '../../../engines/engine.ts';
import {failuresOf} from '../../../engines/log/engine-failure.ts';
import {type Failure, findFailure} from '../../../engines/log/failure-catalog.ts';
import {containerFailures as ofEveryEngine} from '../../../engines/torch/setup/container-failures.ts';
import {unnamedTorchEngine} from '../../../engines/torch/torch-engine.ts';
import {countedText} from '../../../shared/quantities/counts.ts';
import {imageFinding} from './image-findings.ts';
import {kubernetesFinding} from './kubernetes-finding.ts';
import type {PodRow} from './pod-rows.ts';
import {probeFinding} from './probe-findings.ts';
import {schedulingFinding} from './scheduling-findings.ts';

/** What container runtimes say of one that they did not create. */
const containerFailures: readonly Failure[] = failuresOf(unnamedTorchEngine, ofEveryEngine);

type Reader = (lines: readonly string[], pods: readonly PodRow[]) => Finding | null;

/** In the order of causes: what comes later is often a consequence of what comes first. */
const readers: readonly Reader[] = [
  memoryFinding,
  evictedFinding,
  schedulingFinding,
  imageFinding,
  runtimeFinding,
  volumeFinding,
  probeFinding,
];
/** Code of a probe that restarts nothing. */
const READINESS = 'kubernetes.readiness-probe-failed';
/** Of a pod with one of the causes above, these only tell that it failed. */
const consequences: readonly Reader[] = [crashFinding, killedFinding, pendingFinding];

/** What is wrong with pods, by events, descriptions and lists of them: the cause first. */
export function kubernetesFindings(lines: readonly string[], pods: readonly PodRow[]): readonly Finding[] {
  const causes = causesOf(lines, pods);
  return causes.length > 0 ? causes : consequences.flatMap((read) => read(lines, pods) ?? []).slice(0, 1);
}

function causesOf(lines: readonly string[], pods: readonly PodRow[]): readonly Finding[] {
  const causes = readers.flatMap((read) => read(lines, pods) ?? []);
  // A container that exits by itself answers no readiness probe; only other probes restart one.
  const isReadiness = causes.length === 1 && causes[0]?.code === READINESS;
  return isReadiness && crashFinding(lines, pods) !== null ? [] : causes;
}

function memoryFinding(lines: readonly string[], pods: readonly PodRow[]): Finding | null {
  const line = lines.find((text) => /\b[Rr]eason:\s+OOMKilled\b/.test(text));
  const pod = pods.find(({status}) => /OOMKilled$/.test(status));
  const evidence = line ?? pod?.text;
  if (evidence === undefined) return null;
  const limit = limitOf(lines);
  return kubernetesFinding(
    'out-of-memory',
    `The container was killed because it reached its memory limit${limit === null ? '' : ` (${limit})`}: exit code 137.`,
    'Raise resources.limits.memory. It limits host memory, not that of the GPUs: buffers of the loader, an emptyDir of medium Memory (/dev/shm) and a KV cache on the CPU count. A smaller context or another memory fraction does not help.',
    evidence,
  );
}

/** The memory below "Limits:", as it is written. */
function limitOf(lines: readonly string[]): string | null {
  const at = lines.findIndex((text) => /^\s*[Ll]imits:\s*$/.test(text));
  if (at < 0) return null;
  for (const text of lines.slice(at + 1, at + 8)) {
    if (/^\s*[Rr]equests:/.test(text)) return null;
    const memory = /^\s*memory:\s+"?(\w{1,20})/.exec(text)?.[1];
    if (memory !== undefined) return memory;
  }
  return null;
}

function evictedFinding(lines: readonly string[], pods: readonly PodRow[]): Finding | null {
  // A limit of a volume, or what a node ran out of, stands in a line below the event.
  const reason = lines.find((text) =>
    /was low on resource: |Usage of EmptyDir volume |[Nn]ode ha(?:s conditions|d condition): \[/.test(text),
  );
  const line = reason ?? lines.find((text) => /\bEvicted\b|\bSystemOOM\b|\bOOMKilling\b/.test(text));
  const shown = line ?? pods.find(({status}) => status === 'Evicted')?.text;
  if (shown === undefined) return null;
  const [, volume, limit] = /EmptyDir volume "([^"]{1,100})" exceeds the limit "([^"]{1,20})"/.exec(shown) ?? [];
  if (volume !== undefined)
    return kubernetesFinding(
      'evicted',
      `The node ended the pod: its volume ${volume} (emptyDir) grew above its limit of ${limit}.`,
      `Raise sizeLimit of that volume, or keep what fills it (caches, compiled kernels, downloads) on another one.`,
      shown,
    );
  const resource =
    /low on resource: ([\w-]{1,40})/.exec(shown)?.[1] ?? /conditions?: \[(\w{1,20})Pressure/.exec(shown)?.[1];
  const what = nameOfResource(resource) ?? (/OOM/.test(shown) ? 'memory' : null);
  return kubernetesFinding(
    'evicted',
    `The node ended the pod, or refused it${what === null ? '' : `: it ran out of ${what}`}.`,
    what === 'memory'
      ? 'Give the pod a memory request and limit that it really needs, and take other pods off the node.'
      : what === PROCESS_IDS
        ? 'Find what starts so many processes or threads there (ps -eLf on the node), end it or move it, or raise kernel.pid_max and podPidsLimit of the kubelet. Disk space does not help.'
        : 'Free space on the node, or keep checkpoints and caches on a volume of their own (HF_HOME) instead of the container\u2019s file system.',
    shown,
  );
}

const PROCESS_IDS = 'process IDs';

/** What the kubelet writes as `PIDPressure` or `pids`, and other resources by their own names. */
function nameOfResource(written: string | undefined): string | null {
  if (written === undefined) return null;
  return /^pids?$/i.test(written) ? PROCESS_IDS : written.toLowerCase();
}

function runtimeFinding(lines: readonly string[]): Finding | null {
  const line = lines.find((text) =>
    /nvidia-container-cli: |unknown runtime handler|no runtime for "nvidia"|UnexpectedAdmissionError|failed to create (?:containerd|shim) task|FailedCreatePodSandBox|RunContainerError|ContainerCannotRun/.test(
      text,
    ),
  );
  if (line === undefined) return null;
  const required = /unsatisfied condition: (cuda ?[<>=]{1,2} ?[\d.]{1,10})/.exec(line)?.[1];
  if (required !== undefined) {
    return kubernetesFinding(
      'driver-too-old',
      `The driver of the node is too old for this image, which needs ${required}.`,
      'Upgrade the driver of the node, or use an image that was built for its CUDA version.',
      line,
    );
  }
  const refused = /Allocate failed due to ([^\n]{1,300})$/.exec(line)?.[1]?.replace(/, which is unexpected.*/, '');
  if (refused !== undefined) {
    return kubernetesFinding(
      'device-not-allocated',
      `The device plugin of the node did not give the pod its GPUs: ${refused.trim()}.`,
      'The pod stays refused: delete it, so that it is created again. First see that the plugin runs on that node (kubectl get pods -A -o wide, and its log): it was restarted, or has no healthy GPU. nvidia-smi on the node shows these.',
      line,
    );
  }
  const said = findFailure('kubernetes', containerFailures, line, unknownLogContext);
  const known = said.find((event) => event.type === 'failure');
  if (known !== undefined) return {...known.finding, evidence: line.trim()};
  return kubernetesFinding(
    'container-not-created',
    'The container could not be created on the node.',
    'Check that the NVIDIA container toolkit, its runtime class and the device plugin work there (kubectl -n gpu-operator get pods), and nvidia-smi on the node itself.',
    line,
  );
}

/** The node has already given up the pod, and forgot what belongs to it. */
const forgotten = /object "[^"]{1,200}"\/"[^"]{1,200}" not registered/;

function volumeFinding(lines: readonly string[]): Finding | null {
  const line = lines.find(
    (text) =>
      /FailedMount|FailedAttachVolume|MountVolume\.\w{1,30} failed|Unable to attach or mount volumes/.test(text) &&
      !forgotten.test(text),
  );
  if (line === undefined) return null;
  const volume = /for volume "([^"]{1,120})"/.exec(line)?.[1];
  return kubernetesFinding(
    'volume-not-mounted',
    `A volume could not be mounted${volume === undefined ? '' : ` (${volume})`}: the container waits for it.`,
    'Check the volume, its claim and its secret or config map (kubectl get pvc,pv), and whether another node still has it attached.',
    line,
  );
}

function crashFinding(lines: readonly string[], pods: readonly PodRow[]): Finding | null {
  const line = lines.find((text) => /CrashLoopBackOff|Back-off restarting failed container/.test(text));
  const pod = pods.find(({status}) => /CrashLoopBackOff$|^Error$|^StartError$|^Failed$/.test(status));
  const evidence = line ?? pod?.text;
  if (evidence === undefined) return null;
  const code = lines
    .map((text) => /Exit Code:\s+(\d{1,3})/.exec(text)?.[1])
    .find((found) => found !== undefined && found !== '0');
  return kubernetesFinding(
    'container-exits',
    `The container starts and exits${code === undefined ? '' : ` with code ${code}`}, again and again.`,
    `Why is in its own log: kubectl logs ${pod?.name ?? 'POD'} --previous | gantry diagnose`,
    evidence,
  );
}

function killedFinding(lines: readonly string[]): Finding | null {
  const line = lines.find((text) => /(?:Exit Code:\s+|exitCode: )(?!0\b)\d{1,3}/.test(text));
  const code = /(\d{1,3})\s*$/.exec(line?.trim() ?? '')?.[1];
  if (line === undefined || code === undefined) return null;
  return kubernetesFinding(
    'container-exited',
    code === '137'
      ? 'The container was killed (exit code 137), and not for its memory limit: that would be "OOMKilled".'
      : `The container exited with code ${code}.`,
    code === '137'
      ? 'A liveness or startup probe that failed, or a pod that did not stop within its grace period, ends like this: kubectl describe pod, section Events. Otherwise look for "Out of memory" in dmesg -T of the node.'
      : 'Why is in its own log: kubectl logs POD --previous | gantry diagnose',
    line,
  );
}

function pendingFinding(_: readonly string[], pods: readonly PodRow[]): Finding | null {
  const pod = pods.find(({status, ready, of}) => isWaiting(status) || (status === 'Running' && ready < of));
  if (pod === undefined) return null;
  const {name, status, ready, of, restarts} = pod;
  const message =
    status === 'Running'
      ? `The pod ${name} runs and is not ready (${ready} of ${of} containers${restarts > 0 ? `, ${countedText(restarts, 'restart')}` : ''}): its readiness probe has not succeeded yet.`
      : `The pod ${name} has not started (${status}).`;
  const remedy =
    status === 'Running'
      ? `A large model takes minutes to load: kubectl logs ${name} | gantry diagnose shows how far it is.`
      : `Why is in its events: kubectl describe pod ${name} | gantry diagnose`;
  return {...kubernetesFinding('pod-not-ready', message, remedy, pod.text), severity: 'warning'};
}

function isWaiting(status: string): boolean {
  return /^(?:Pending|ContainerCreating|PodInitializing|Init:|Unknown|ContainerStatusUnknown|NodeLost|CreateContainer)/.test(
    status,
  );
}
