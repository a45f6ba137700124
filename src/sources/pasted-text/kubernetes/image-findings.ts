import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {kubernetesFinding} from './kubernetes-finding.ts';
import type {PodRow} from './pod-rows.ts';

/** Why an image cannot be pulled, by what the registry or the network said; the first match counts. */
const reasons: readonly (readonly [pattern: RegExp, why: string, remedy: string])[] = [
  [
    /toomanyrequests|rate limit/i,
    'the registry limits the pulls',
    'Log in to the registry (imagePullSecrets), or use a mirror.',
  ],
  [
    /unauthorized|denied|authentication required|no basic auth|forbidden/i,
    'access is denied',
    'Check the name, and give the pod credentials of the registry (imagePullSecrets).',
  ],
  [
    /manifest unknown|not found|does not exist|InvalidImageName|couldn't parse image/i,
    'there is no image of this name and tag',
    'Check name and tag in the registry.',
  ],
  [
    /no match for platform|exec format/i,
    'it is not built for the processor of this node',
    'Use an image for its architecture (arm64 or amd64).',
  ],
  [
    /no space left/i,
    'the disk of the node is full',
    'Free space on the node (crictl rmi --prune). Images of engines are large.',
  ],
  [
    /deadline exceeded|timeout|timed out|connection|no such host|dial tcp|TLS|EOF|certificate/i,
    'the registry was not reached, or too slowly',
    'Check DNS, proxy and network of the node; use a mirror near it, or pull the image there beforehand (crictl pull). Images of engines are large.',
  ],
];

const failed =
  /Failed to pull image|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|Back-off pulling image/;

/** Whether an image could not be pulled: then no container was started, and there is no log of an engine. */
export function imageFinding(lines: readonly string[], pods: readonly PodRow[]): Finding | null {
  const rows = pods.map(({text}) => text);
  const found = [...lines, ...rows].filter((text) => failed.test(text));
  const [first] = found;
  if (first === undefined || isPulledLater(lines)) return null;
  const best = found.find((text) => text.includes('Failed to pull image')) ?? first;
  const image = [best, ...lines]
    .map((text) => /[Ii]mage "([^"]{1,200})"/.exec(text)?.[1])
    .find((name) => name !== undefined);
  const [, why, remedy] = reasons.find(([pattern]) => found.some((text) => pattern.test(text))) ?? [];
  return kubernetesFinding(
    'image-not-pulled',
    `The image${image === undefined ? '' : ` ${image}`} could not be pulled${why === undefined ? '' : `: ${why}`}. No container was started, so there is no log of an engine.`,
    remedy ??
      'The reason is in the event "Failed to pull image": kubectl describe pod. Check name, credentials, and the network of the node.',
    best,
  );
}

/** The last event of the image is that it was pulled. */
function isPulledLater(lines: readonly string[]): boolean {
  const last = lines.findLast(
    (text) => failed.test(text) || /Successfully pulled image|already present on machine/.test(text),
  );
  return last !== undefined && !failed.test(last);
}
