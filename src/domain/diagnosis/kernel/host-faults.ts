import {countText, limitedList} from '../../../shared/quantities/counts.ts';
import type {Finding} from '../finding.ts';

/** Most processes named in a sentence. */
const MAX_NAMED = 4;

/** What the kernel says of the host itself: these endanger every program on it. */
const faults: readonly {
  readonly code: string;
  readonly severity: Finding['severity'];
  readonly pattern: RegExp;
  readonly words: (match: RegExpExecArray) => Pick<Finding, 'message' | 'remedy'>;
}[] = [
  {
    code: 'kernel-panic',
    severity: 'critical',
    pattern: /Kernel panic - not syncing: (.{1,120})/,
    words: (match) => ({
      message: `The kernel stopped: ${match[1]?.trim()}.`,
      remedy:
        'The lines above it say where. After a hardware error have the host checked; otherwise update the kernel and its drivers.',
    }),
  },
  {
    code: 'kernel-bug',
    severity: 'critical',
    pattern:
      /BUG: (?:kernel NULL pointer dereference|unable to handle (?:kernel )?(?:page fault|paging request|NULL)).{0,80}|\bOops: [0-9a-f]{4}/,
    words: () => ({
      message: 'The kernel, or a driver in it, made an illegal access: processes hang from then on.',
      remedy: 'Reboot the node. The stack below it names the module: update that driver, or the kernel.',
    }),
  },
  {
    code: 'file-max-reached',
    severity: 'warning',
    pattern: /VFS: file-max limit (\d{1,20}) reached/,
    words: (match) => ({
      message: `The host has no file handle left: all programs together reached the limit of ${countText(Number(match[1]))} (fs.file-max).`,
      remedy:
        'Raise it: sysctl -w fs.file-max=N, and in /etc/sysctl.d to keep it. Then find who leaks them: ls /proc/PID/fd | wc -l of each process. The limit of one process (ulimit -n) is another one.',
    }),
  },
  {
    code: 'cpu-lockup',
    severity: 'warning',
    pattern:
      /(?:BUG: soft lockup - CPU#\d{1,5} stuck for (\d{1,6})s! \[([^\]:]{1,40})|\b[Hh]ard LOCKUP on cpu|rcu: INFO: rcu_\w{1,20} (?:self-)?detected stall)/,
    words: (match) => ({
      message: `A processor was stuck in the kernel${match[1] === undefined ? '' : ` for ${match[1]} s (${match[2]})`}.`,
      remedy:
        'The stack below it names the driver. On a virtual machine, its host may be overloaded. If it happens again, update the kernel or that driver.',
    }),
  },
  {
    code: 'hardware-error',
    severity: 'warning',
    pattern:
      /\[Hardware Error\]: .{0,160}|EDAC \S{1,20}: \d{1,9} UE .{0,120}|AER: (?:Multiple )?Uncorrect\w{1,3} \((?:Non-)?Fatal\).{0,120}/,
    words: () => ({
      message: 'The host reports a hardware error, of a processor, its memory or a PCIe link.',
      remedy:
        'Read the record (ras-mc-ctl --errors, or the log of the BMC). Have the part replaced if it happens again; a GPU that is lost soon after may be its victim.',
    }),
  },
  {
    code: 'gpu-reset',
    severity: 'warning',
    pattern:
      /\b(amdgpu|i915|xe) .{0,80}(?:ring \S{1,40} timeout|GPU reset begin|GPU HANG|Engine reset|Timedout job|device wedged)/i,
    words: (match) => ({
      message: `The driver of the GPU (${match[1]}) reset it: a computation took too long or failed.`,
      remedy:
        'Programs on it lost it then. Run less work at a time, update kernel, firmware and the user space of the driver (ROCm, Mesa or oneAPI), and check temperature and power if it happens again.',
    }),
  },
  {
    code: 'wsl-memory',
    severity: 'warning',
    pattern: /dxgkio_(?:make_resident|create_allocation): Ioctl failed: -(?:12|75)\b/,
    words: () => ({
      message: 'Windows did not keep GPU memory of WSL resident: CUDA then reports that the device is not ready.',
      remedy:
        'It happens below the limit that nvidia-smi shows. Lower the memory fraction or the context, end other programs of Windows on the GPU, and update WSL (wsl --update) and the driver. Native Linux does not have this limit.',
    }),
  },
  {
    code: 'disk-error',
    severity: 'warning',
    pattern:
      /(?:I\/O error, dev (\S{1,40}), sector|(nvme\d{1,4}\S{0,10}): I\/O (?:tag )?\d{1,6}.{0,40}timeout|EXT4-fs error \(device (\S{1,40}?)\)|XFS \((\S{1,40}?)\): .{0,80}(?:[Cc]orruption|I\/O [Ee]rror)|Remounting filesystem read-only)/,
    words: (match) => ({
      message: `A disk does not read or write${deviceOf(match)}.`,
      remedy:
        'Check it (smartctl -a, nvme smart-log) and its free space. Checkpoints and caches on it may be damaged: compare their files with the repository.',
    }),
  },
];

function deviceOf(match: RegExpExecArray): string {
  const device = match.slice(1).find((group) => group !== undefined);
  return device === undefined ? '' : ` (${device})`;
}

/** Codes of findings by which a text about the host is one of a failure, though other programs may not notice it. */
export const hostFaultCodes: ReadonlySet<string> = new Set(
  [...faults.map(({code}) => code), 'hung-task'].map((code) => `host.${code}`),
);

/** What is wrong with the host, apart from its GPUs and its memory. */
export function hostFindings(texts: readonly string[]): readonly Finding[] {
  const found = faults.flatMap(({code, severity, pattern, words}): Finding[] => {
    const text = texts.find((line) => pattern.test(line));
    const match = text === undefined ? null : pattern.exec(text);
    if (match === null || text === undefined) return [];
    return [{code: `host.${code}`, severity, ...words(match), evidence: text, settingsChange: null}];
  });
  return [...found, ...hungTasks(texts)];
}

const hungTask = /INFO: task (.{1,60}?):(\d{1,9}) blocked for more than (\d{1,6}) seconds/;

/** What a task waits for, by the functions in its stack, or by the name of a kernel thread; the first counts. */
const waits: readonly (readonly [pattern: RegExp, forWhat: string, remedy: string])[] = [
  [
    /\bnv_?(?:idia|uvm|lock|0\d{4})|\b_nv\d{5,6}rm\b|\[nvidia(?:_uvm)?\]|\buvm_\w/,
    'for the NVIDIA driver',
    'Look for an Xid or "NVRM" before it. Such a process cannot be killed: the node needs a reboot.',
  ],
  [
    /\bnfs4?_\w|\brpc_wait|\bceph_|\blustre|\bfuse_|\bgpfs|\bcifs_/,
    'for a file system on the network',
    'Check the mount and its server (nfsstat, mount, dmesg). The processes continue when it answers again; a hard mount waits forever.',
  ],
  [
    /\bjbd2|\bext4_|\bxfs_|\bbtrfs_|\bio_schedule|\bblk_|\bsubmit_bio|\bwait_on_page|\bdm[-_]|\bnvme|\blvm\b|\bkcryptd|\bfolio_wait|\bmd\d/,
    'for a disk',
    'Check the disk and what it is built of (dmesg, nvme smart-log, dmsetup status, free space). If it does not answer again, the node needs a reboot; processes in state D cannot be killed.',
  ],
];

function hungTasks(texts: readonly string[]): readonly Finding[] {
  const tasks = texts.flatMap((text, index) => {
    const match = hungTask.exec(text);
    return match === null ? [] : [{text, index, name: match[1] ?? '', pid: match[2] ?? '', seconds: match[3] ?? ''}];
  });
  const [first] = tasks;
  if (first === undefined) return [];
  const named = limitedList([...new Set(tasks.map(({name, pid}) => `${name} (pid ${pid})`))], MAX_NAMED);
  const count = new Set(tasks.map(({pid}) => pid)).size;
  const stack = texts.slice(first.index, tasks.length > 1 ? undefined : first.index + STACK_LINES).join('\n');
  const [, forWhat, remedy] = waits.find(([pattern]) => pattern.test(stack)) ?? [];
  return [
    {
      code: 'host.hung-task',
      severity: 'warning',
      message: `${count === 1 ? 'A process' : `${countText(count)} processes`} waited in the kernel for more than ${first.seconds} s${forWhat === undefined ? '' : `, probably ${forWhat}`}: ${named}.`,
      evidence: first.text,
      remedy:
        remedy ??
        'The stack below it, or /proc/PID/stack, shows what it waits for: a disk, a file system on the network, or a driver. Processes in state D cannot be killed.',
      settingsChange: null,
    },
  ];
}

/** Lines of a stack below the message. */
const STACK_LINES = 60;
