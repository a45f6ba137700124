import type {ContainerPlace, ProcessPlace} from '../../samples/process-owner.ts';

/** A path has 4,096 characters at most, and the older hierarchies about a dozen lines. */
const MOST_CHARACTERS = 65_536;
const WHOLE_ID_DIGITS = 64;
/** Names of units and of directories have at most as many. */
const MOST_NAME = 255;

/** How the runtimes name the group of a container under systemd, and without it (the id alone). */
const containerPattern = /^(?:(docker|libpod|cri-containerd|nerdctl|crio)-)?([0-9a-f]{12,64})(?:\.scope)?$/;
const runtimes: Readonly<Record<string, ContainerPlace['runtime']>> = {
  docker: 'docker',
  libpod: 'podman',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
};
/** `pod<uid>` of the kubelet, under systemd `kubepods-burstable-pod<uid with underscores>.slice`. */
const podPattern = /(?:^|-)pod([0-9a-f]{8}[0-9a-f_-]{24,28})(?:\.slice)?$/;
const lxcPattern = /^lxc\.payload\.([\w.-]+)$/;
const namePattern = /^[\w:.\\@-]+$/;
const userManagerPattern = /^user@\d+\.service$/;

/**
 * Where a process with this text in /proc/<pid>/cgroup runs, cgroups(7). The outermost container counts, which is the one
 * that the host knows. A text that no runtime writes gives nothing: who may make groups chooses their names.
 */
export function placeOfCgroup(cgroup: string): ProcessPlace {
  const paths = pathsOf(cgroup);
  for (const path of paths) {
    const container = containerOfPath(path);
    if (container !== null) return {container, unit: null};
  }
  for (const path of paths) {
    const unit = unitOfPath(path);
    if (unit !== null) return {container: null, unit};
  }
  return {container: null, unit: null};
}

/**
 * True if the text of /proc/<pid>/cgroup has the container's own group: `docker-<id>.scope`, `libpod-<id>.scope`
 * or `<id>`. Podman's monitor (`libpod-conmon-<id>.scope`) is not included: it records how the container exits.
 */
export function isGroupOf(cgroup: string, containerId: string): boolean {
  return pathsOf(cgroup).some((path) => partsOf(path).some((part) => containerPattern.exec(part)?.[2] === containerId));
}

/** The path of each line, `hierarchy:controllers:path`. */
function pathsOf(cgroup: string): readonly string[] {
  const lines = cgroup.slice(0, MOST_CHARACTERS).split('\n');
  return lines.map((line) => line.split(':').slice(2).join(':'));
}

/** A runtime without the systemd driver may get the name of a unit to write as a path: `<slice>:cri-containerd:<id>`. */
function partsOf(path: string): readonly string[] {
  return path.split(/[/:]/).filter((part) => part.length <= MOST_NAME);
}

function containerOfPath(path: string): ContainerPlace | null {
  const parts = partsOf(path);
  const podUid = parts.map((part) => podPattern.exec(part)?.[1] ?? null).find((uid) => uid !== null) ?? null;
  const pod = podUid === null ? null : podUid.replaceAll('_', '-');
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1] ?? '';
    const name = lxcPattern.exec(part)?.[1] ?? (before === 'lxc' || before === 'lxc.payload' ? part : '');
    if (namePattern.test(name)) return {runtime: 'lxc', id: name, podUid: pod};
    const [, prefix, id = ''] = containerPattern.exec(part) ?? [];
    // Without a prefix, anything short that looks like a number would be an id.
    if (prefix === undefined && id.length < WHOLE_ID_DIGITS) continue;
    return {runtime: runtimes[prefix ?? before] ?? null, id, podUid: pod};
  }
  return pod === null ? null : {runtime: null, id: null, podUid: pod};
}

/** The outermost unit that is no user's whole manager, unless there is none but that. */
function unitOfPath(path: string): string | null {
  const units = path.split('/').filter(isUnit);
  return units.find((unit) => !userManagerPattern.test(unit)) ?? units[0] ?? null;
}

function isUnit(part: string): boolean {
  return part.length <= MOST_NAME && /\.(?:service|scope)$/.test(part) && namePattern.test(part);
}
