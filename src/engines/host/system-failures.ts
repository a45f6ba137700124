import type {Failure} from '../log/failure-catalog.ts';

/** What any program meets on its host, in its container or in a job, whatever it computes with. In order of precedence. */
export const systemFailures: readonly Failure[] = [
  {
    code: 'wrong-architecture',
    curedBy: 'installation',
    words: 'exec /usr/bin/python3: exec format error',
    pattern:
      /\bexec format error\b|\[Errno 8\] Exec format error|cannot execute binary file: Exec format error|: wrong ELF class: /i,
    details: () => ({
      message:
        'The program, or its image, was built for another processor architecture than that of this host (such as arm64 on x86_64).',
      remedy:
        'Compare uname -m with docker image inspect --format {{.Architecture}}, and pull the image for this one (--platform linux/amd64, or linux/arm64 on Grace hosts). A script that begins without #! fails with the same words.',
    }),
  },
  {
    // Slurm's own words; the kernel's are read as a kernel log.
    code: 'host-memory',
    curedBy: 'host',
    words:
      'slurmstepd: error: Detected 1 oom_kill event in StepId=4711.0. Some of the step tasks have been OOM Killed.',
    pattern:
      /slurmstepd: error: Detected \d+ oom[_-]kill event|srun: error: (\S{1,100}): tasks? [\d,-]{1,40}: Out Of Memory|Exceeded job memory limit/,
    details: ([, node]) => ({
      message: `Slurm ended a process${node === undefined ? '' : ` on ${node}`}: the job reached its limit of host memory (RAM). It is not GPU memory.`,
      remedy:
        'Submit the job with all memory of the node (--mem=0), or with more than the weights that are read at a time and the caches in host memory need. Files in /dev/shm count too. Without more memory, load with fewer readers in parallel.',
    }),
  },
  {
    code: 'host-memory',
    curedBy: 'host',
    words: "terminate called after throwing an instance of 'std::bad_alloc'",
    pattern: /\bstd::bad_alloc\b/,
    details: () => ({
      message: 'The host gave no more memory (RAM) to the program. It is not GPU memory.',
      remedy:
        'Look at free -h and at the memory limit of the container or unit, and end other programs. If there is plenty, a file of the model is broken: a size that is read from it is absurd.',
    }),
  },
  {
    code: 'too-many-threads',
    curedBy: 'host',
    words: 'bash: fork: retry: Resource temporarily unavailable',
    pattern:
      /\bfork: (?:retry: )?Resource temporarily unavailable|\bfork failed: Resource temporarily unavailable|failed to create new OS thread/,
    details: () => ({
      message: 'No further process or thread may be started: a limit on their number is reached.',
      remedy:
        'Raise the limit: ulimit -u of the user, TasksMax of the unit, --pids-limit of the container, podPidsLimit of the kubelet. End engines that were left over; more memory does not help.',
    }),
  },
  {
    code: 'file-busy',
    curedBy: 'host',
    words: "OSError: [Errno 16] Device or resource busy: '.nfs000000000a1b2c3d00000042'",
    pattern: /\[Errno 16\] Device or resource busy: '([^'\n]{0,300}\.nfs[0-9a-f]{8,40})'/,
    details: ([, path = '']) => ({
      message: `A directory on NFS could not be deleted: a process still has a file in it open (${path}).`,
      remedy:
        'End the process that has it open (lsof shows it), often an engine that was left over. Put temporary files and caches on a local disk: TMPDIR, HF_HOME and the directories of compiled kernels. The weights may stay on NFS.',
    }),
  },
  {
    code: 'device-not-permitted',
    curedBy: 'host',
    words: "PermissionError: [Errno 13] Permission denied: '/dev/nvidiactl'",
    pattern:
      /\[Errno (?:1|13)\] (?:Permission denied|Operation not permitted): '(\/dev\/(?:nvidia|dri|kfd|infiniband|gdrdrv)[^'\n]{0,100})'/,
    details: ([, device = '']) => ({
      message: `The user of the engine may not use the device ${device}.`,
      remedy: `Look at ls -l ${device}: the user needs the device's group (usermod -aG video,render), or the device mode 0666; a container needs the device passed to it. The model's files and caches are not the cause.`,
    }),
  },
];
