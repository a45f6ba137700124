import type {ProcessPlace} from '../../samples/process-owner.ts';

/** So many digits of an id are what `docker ps`, `podman ps` and `crictl ps` show at most, and what they take. */
const ID_CHARACTERS = 12;
const POD_CHARACTERS = 8;

/** Where a process runs: `docker 0123456789ab`, `pod 3f1c9a7e`, `lxc web`, `vllm.service`; null where that is unknown. */
export function placeText({container, unit}: ProcessPlace): string | null {
  if (container === null) return unit;
  const {runtime, id, podUid} = container;
  if (podUid !== null) return `pod ${podUid.slice(0, POD_CHARACTERS)}`;
  if (runtime === 'lxc') return `lxc ${id ?? ''}`;
  return `${runtime ?? 'container'} ${(id ?? '').slice(0, ID_CHARACTERS)}`;
}
