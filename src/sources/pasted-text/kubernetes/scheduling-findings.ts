import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {kubernetesFinding} from './kubernetes-finding.ts';

/** What nodes lack, by the scheduler's words; the first match counts. */
const reasons: readonly (readonly [pattern: RegExp, message: string, remedy: string])[] = [
  [
    /Insufficient (?:nvidia\.com\/|amd\.com\/)/,
    'No node has as many free GPUs as the pod requests.',
    'See what each node has and gives away: kubectl describe nodes (Allocatable, Allocated resources). If it has 0 of nvidia.com/gpu, the device plugin or the driver does not work there; otherwise end another pod, or request fewer GPUs.',
  ],
  [
    /untolerated taint \{nvidia\.com\/gpu/,
    'The nodes with GPUs are reserved, and the pod does not say that it may run there.',
    'Add a toleration for the taint nvidia.com/gpu to the pod.',
  ],
  [
    /Insufficient (?:memory|cpu|ephemeral-storage|hugepages\S*)/,
    'No node has as much free processor time, memory or disk as the pod requests.',
    'Lower its requests, or end other pods: kubectl describe nodes shows what is given away.',
  ],
  [
    /unbound immediate PersistentVolumeClaims|volume node affinity conflict|persistentvolumeclaim "[^"]{1,120}" not found/,
    'The volume that the pod asks for is not there, or not on a node that it may run on.',
    'Check kubectl get pvc,pv,storageclass: the claim must be bound, in the zone of the nodes with GPUs.',
  ],
  [
    /didn't match Pod's node affinity|node\(s\) had untolerated taint|didn't match node selector/,
    'No node matches what the pod asks for by labels and taints.',
    'Compare nodeSelector, affinity and tolerations of the pod with kubectl get nodes --show-labels.',
  ],
];

/** The scheduler tried a pod a second time that it had already placed: its own echo. */
const echo = /AssumePod failed: |is in the cache, so can't be assumed/;

/** Why the scheduler finds no node for the pod; null if it found one. */
export function schedulingFinding(lines: readonly string[]): Finding | null {
  const last = lines.findLast(
    (text) => /FailedScheduling|nodes are available: |Successfully assigned /.test(text) && !echo.test(text),
  );
  if (last === undefined || last.includes('Successfully assigned ')) return null;
  const [, message, remedy] = reasons.find(([pattern]) => pattern.test(last)) ?? [];
  return kubernetesFinding(
    'not-scheduled',
    message ?? 'The scheduler finds no node for the pod.',
    remedy ?? 'The event says what each node lacks: compare it with kubectl describe nodes.',
    last,
  );
}
