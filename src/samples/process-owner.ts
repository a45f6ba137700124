/** A container as the control group of a process in it names it. */
export type ContainerPlace = {
  /** Null where the control group does not tell. */
  readonly runtime: 'docker' | 'podman' | 'containerd' | 'cri-o' | 'lxc' | null;
  /** Hexadecimal, 12 to 64 digits; the name of an LXC container; null for a pod whose containers have no group. */
  readonly id: string | null;
  /** The uid of its Kubernetes pod; null outside of pods. */
  readonly podUid: string | null;
};

/** Where a process runs: in a container, or else under a unit of systemd; both null where its control group names neither. */
export type ProcessPlace = {readonly container: ContainerPlace | null; readonly unit: string | null};

/** Who runs a process, and where. */
export type ProcessOwner = ProcessPlace & {
  /** The effective user id. */
  readonly uid: number;
  /** Its name on this host; null where /etc/passwd has none. */
  readonly user: string | null;
};
