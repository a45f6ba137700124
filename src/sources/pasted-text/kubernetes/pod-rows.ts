/** A row of `kubectl get pods`. */
export type PodRow = {
  readonly name: string;
  readonly ready: number;
  readonly of: number;
  readonly status: string;
  readonly restarts: number;
  readonly text: string;
};

const row =
  /^(?:[a-z0-9][a-z0-9.-]{0,80} {2,})?([a-z0-9][a-z0-9.-]{2,120}) +(\d{1,3})\/(\d{1,3}) +([A-Z][A-Za-z:/0-9]{2,60})(?: +(\d{1,6}))?(?: |$)/;
const statuses =
  /^(?:Running|Pending|ContainerCreating|PodInitializing|Init:\S+|Error|Completed|Terminating|CrashLoopBackOff|ImagePullBackOff|ErrImagePull|OOMKilled|Evicted|Unknown|CreateContainer\w*Error|RunContainerError|ContainerCannotRun|ContainerStatusUnknown|UnexpectedAdmissionError|InvalidImageName|StartError|NodeLost|Succeeded|Failed)$/;

/** The pod in a row; of a list without its header, or from another program, null unless it has a status of a pod. */
export function readPodRow(text: string, isOfPods: boolean): PodRow | null {
  const [, name = '', ready, of, status = '', restarts] = row.exec(text) ?? [];
  if (ready === undefined || !(isOfPods || statuses.test(status))) return null;
  return {name, ready: Number(ready), of: Number(of), status, restarts: Number(restarts ?? 0), text};
}
