/** What a process waits for inside the kernel. */
export const kernelWaits = [
  'driver',
  'network-file-system',
  'disk',
  'exit',
  'lock',
  'pipe',
  'sleep',
  'unknown',
] as const;
export type KernelWait = (typeof kernelWaits)[number];

/** Functions of the kernel by what they wait for; the first match counts. Names are cut short by `ps`. */
const functions: readonly (readonly [pattern: RegExp, wait: KernelWait])[] = [
  [/^(?:os_acquire|nvidia|_?nv(?:_|\d{6}|km|lx)|uvm_|rm_|portMem|kgsp|_kgsp|threadState|gsp|amdgpu|kfd_)/, 'driver'],
  [
    /^(?:nfs\d?_|rpc_|__rpc|call_|cifs_|smb|fuse_|request_wait_ans|ceph_|ll_|cl_|osc_|ptlrpc|ldlm_|lov_|gpfs|cxi|mmfs|beegfs|FhgfsOps|gluster|p9_)|wait_for_response/,
    'network-file-system',
  ],
  [
    /^(?:io_schedule|folio_wait|wait_on_page|__lock_page|__folio_lock|filemap_|read_pages|page_cache|blk_|bio_|submit_bio|jbd2|ext4_|xfs_|btrfs_|wait_on_buffer|__wait_on_b|do_read_cache|balance_dirty)/,
    'disk',
  ],
  [/^(?:do_exit|exit_|mmput|do_coredump|coredump|__mmput|unmap_|zap_|free_pgtables)/, 'exit'],
  [/^(?:__)?(?:mutex_lock|down|rwsem_|rt_mutex)|^mmap_(?:read|write)_lock/, 'lock'],
  [/^(?:pipe_|anon_pipe|unix_stream|sk_wait|tcp_|inet_csk|sock_|skb_)/, 'pipe'],
  [
    /^(?:futex|do_futex|hrtimer|ep_poll|do_epoll|do_poll|poll_schedule|do_select|do_sys_poll|do_nanosleep|wait_woken|sigsuspend|do_wait|kernel_wait|do_sigtimedwait)/,
    'sleep',
  ],
];
/** What this function of the kernel waits for; a module in brackets may follow. */
export function kernelWaitOf(name: string, module: string | null = null): KernelWait {
  if (module !== null && /^nvidia|^amdgpu$/.test(module)) return 'driver';
  if (module !== null && /^(?:nfs|sunrpc|lustre|fuse|ceph|cifs|beegfs|mmfs)/.test(module)) return 'network-file-system';
  return functions.find(([pattern]) => pattern.test(name))?.[1] ?? 'unknown';
}

/** What waits say, and what to do next. */
export const waitTexts: {readonly [W in KernelWait]: {readonly says: string; readonly remedy: string}} = {
  driver: {
    says: 'in the driver of the GPU',
    remedy:
      'Look for an Xid in dmesg -T. No signal ends such a process: if it is in the same place a minute later, reset the GPU (nvidia-smi -r) if that answers, else reboot the node.',
  },
  'network-file-system': {
    says: 'for a network file system',
    remedy:
      'Check the server and the mount of the model files (timeout 10 ls on it, dmesg -T for "not responding"). It continues once the server answers; files on a local disk do not depend on it.',
  },
  disk: {
    says: 'for a disk',
    remedy:
      'While a model is loaded this is normal. If it lasts, look at the disk (iostat -x 1, dmesg -T for I/O errors) and at free memory: pages that are read again and again mean too little.',
  },
  exit: {
    says: 'to end, and frees its memory',
    remedy:
      'Wait: large memory takes minutes to be freed, and a core dump longer. If it does not change, look for an Xid in dmesg -T.',
  },
  lock: {
    says: 'for a lock of the kernel',
    remedy:
      'Another process holds it: look in the list for one in state D or R of the same engine, and in dmesg -T for "blocked for more than".',
  },
  pipe: {
    says: 'for data of another process',
    remedy: 'Look at the process that it waits for.',
  },
  sleep: {
    says: 'for an event, which is normal for an idle process',
    remedy: 'Look at what it does in its own code: py-spy dump --pid PID.',
  },
  unknown: {
    says: 'in the kernel',
    remedy:
      'See for what: cat /proc/PID/stack (as root), and dmesg -T for an Xid or "blocked for more than". No signal ends such a process: if it stays, only a reboot of the node does.',
  },
};
