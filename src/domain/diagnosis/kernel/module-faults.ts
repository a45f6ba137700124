import type {Finding} from '../finding.ts';

/** Why the driver's modules are not in the kernel: the more special reason first, of which the later ones are consequences. */
const faults: readonly {
  readonly code: string;
  readonly pattern: RegExp;
  readonly words: (match: RegExpExecArray) => Pick<Finding, 'message' | 'remedy'>;
}[] = [
  {
    code: 'driver-versions-differ',
    pattern: /NVRM: API mismatch: the client has (?:the )?version ([\d.]{3,20}),? but.{0,80}?version ([\d.]{3,20})/i,
    words: (match) => ({
      message: `The programs of the driver have version ${match[1]}, and the kernel module that is loaded has ${match[2]?.replace(/\.$/, '')}.`,
      remedy:
        'The driver was upgraded while it was loaded: reboot, or stop everything that uses the GPUs and load its modules again. In a container, the versions of host and container differ: use the NVIDIA runtime, which gives it those of the host.',
    }),
  },
  {
    code: 'gpu-of-other-driver',
    pattern: /NVRM: GPU (\S{4,20}) is already bound to (\S{2,30}?)\.?(?:\s|$)/,
    words: (match) => ({
      message: `The GPU at ${match[1]} belongs to another driver: ${match[2]}.`,
      remedy:
        match[2] === 'nouveau'
          ? 'Blacklist nouveau (blacklist nouveau and options nouveau modeset=0 in /etc/modprobe.d), rebuild the initramfs, and reboot.'
          : 'It was given to a virtual machine or reserved for one. Take it out of that configuration, unbind it, then: modprobe nvidia.',
    }),
  },
  {
    code: 'driver-without-gpu',
    pattern:
      /NVRM:.{0,200}(?:supported through the NVIDIA (\S{1,20}) Legacy drivers|requires use of the NVIDIA open kernel modules)/,
    words: (match) =>
      match[1] === undefined
        ? {
            message: 'The GPU needs the open kernel modules of the driver, and the proprietary ones are installed.',
            remedy:
              'Install the driver package with the open kernel modules (its name ends with -open), of the same version.',
          }
        : {
            message: `The driver does not support this GPU any more: ${match[1]} was the last branch that did.`,
            remedy: `Install the driver branch ${match[1]}, and a build of the engine for its CUDA version.`,
          },
  },
  {
    code: 'module-unsigned',
    pattern:
      /(?:modprobe|insmod|nvidia|Failed to insert|[Ll]oading of|Lockdown).{0,200}?(?:Key was rejected by service|Required key not available|unsigned module (?:loading is restricted|is rejected))/,
    words: () => ({
      message:
        'The kernel refused the module of the NVIDIA driver: Secure Boot is on, and it is not signed with a known key.',
      remedy:
        'Enroll the key that signed it (mokutil --import, then confirm it at the next boot), or turn Secure Boot off.',
    }),
  },
  {
    code: 'module-of-other-kernel',
    pattern:
      /nvidia.{0,200}?(?:Exec format error|Invalid module format|Unknown symbol|version magic|disagrees about version of symbol)/i,
    words: () => ({
      message: 'The module of the NVIDIA driver was built for another kernel than the one that runs.',
      remedy:
        'Build it for this kernel: install the headers (linux-headers of uname -r), then dkms autoinstall, or install the driver again. Or boot the kernel that it was built for.',
    }),
  },
  {
    code: 'module-missing',
    pattern: /modprobe: FATAL: Module (nvidia\S{0,30}) not found in directory (\S{1,100})/,
    words: (match) => ({
      message: `There is no module ${match[1]} for the kernel that runs (${match[2]}).`,
      remedy:
        'After a kernel upgrade the driver must be built for it: dkms status, the headers of uname -r, then dkms autoinstall. Otherwise install the driver.',
    }),
  },
  {
    code: 'uvm-not-loaded',
    pattern: /(?:insert (?:module )?|Module )'?(nvidia[_-]uvm)(?:\.ko)?'?:? {0,2}(.{0,100})/,
    words: (match) => ({
      message: `The module nvidia_uvm is not loaded${reasonOf(match[2])}: no CUDA program can start, though nvidia-smi may work.`,
      remedy:
        'Load it: modprobe nvidia-uvm. If that fails, read dmesg. It has to be loaded after the module nvidia: remove it from what is loaded early at boot (/etc/modules-load.d, the initramfs), or load nvidia there first.',
    }),
  },
  {
    code: 'peermem-not-loaded',
    pattern: /(?:insert (?:module )?|Module )'?(nvidia[_-]peermem|nv_peer_mem)(?:\.ko)?'?:? {0,2}(.{0,100})/,
    words: (match) => ({
      message: `The module ${match[1]} is not loaded${reasonOf(match[2])}: network cards cannot access GPU memory through it.`,
      remedy:
        'It has to be built against the RDMA drivers of the network cards: install these first, then the GPU driver again. With the open kernel modules, DMA-BUF does the same without it.',
    }),
  },
  {
    code: 'driver-not-loaded',
    pattern:
      /(?:could not insert (?:module )?|Failed to insert module )'?\S{0,200}?\b(nvidia(?:[_-]\d{3}|-current\S{0,20})?)(?:\.ko)?'?: (.{0,100})/,
    words: (match) => ({
      message: `The module of the NVIDIA driver is not loaded${reasonOf(match[2])}.`,
      remedy:
        'Look for NVRM in dmesg: it says why. "No such device" is a GPU that is missing (lspci | grep -i nvidia), of another driver (nouveau), or unknown to this version.',
    }),
  },
  {
    code: 'driver-finds-no-gpu',
    pattern:
      /NVRM: (?:No NVIDIA (?:GPU|graphics adapter|devices)|None of the NVIDIA)|NVRM: The NVIDIA probe routine (?:was not called|failed) for/,
    words: () => ({
      message: 'The NVIDIA driver was loaded and found no GPU that it can use.',
      remedy:
        'Check lspci | grep -i nvidia. If a GPU is missing there, it is a matter of hardware, BIOS or virtual machine: power the host off and on, check slot and power. If it is there, another driver has it (lspci -k), or this version does not know it.',
    }),
  },
  {
    code: 'driver-not-reached',
    pattern: /nvidia-persistenced.{0,40}Failed to query NVIDIA devices|^Failed to query NVIDIA devices\. Please ensure/,
    words: () => ({
      message: 'nvidia-persistenced finds no GPU: the driver is not loaded, or its device files are missing.',
      remedy: 'Check nvidia-smi and ls -l /dev/nvidia*. The reason is in the kernel log: dmesg | grep NVRM.',
    }),
  },
];

const reasons =
  /^(?:Cannot allocate memory|No such device|Invalid argument|File exists|Operation not permitted|[A-Z][a-z][\w ]{2,60})/;

function reasonOf(text: string | undefined): string {
  const reason = reasons.exec(text ?? '')?.[0];
  return reason === undefined ? '' : ` (${reason.charAt(0).toLowerCase()}${reason.slice(1)})`;
}

/** A module that cannot be loaded a second time is loaded. */
const isLoaded = /nvidia\S{0,30}: File exists/;

const ofOthers: ReadonlySet<string> = new Set(['uvm-not-loaded', 'peermem-not-loaded']);

/**
 * Why the driver is not in the kernel, or finds no GPU, from messages of the kernel and of the programs that load modules: the
 * most special reason, and the modules that CUDA and RDMA need apart from it.
 */
export function moduleFindings(texts: readonly string[]): readonly Finding[] {
  const found = faults.flatMap(({code, pattern, words}) => {
    for (const text of texts) {
      const match = isLoaded.test(text) ? null : pattern.exec(text);
      if (match !== null) return [{code, finding: findingOf(code, words(match), text)}];
    }
    return [];
  });
  const driver = found.find(({code}) => !ofOthers.has(code));
  return found.filter((one) => one === driver || ofOthers.has(one.code)).map(({finding}) => finding);
}

function findingOf(code: string, words: Pick<Finding, 'message' | 'remedy'>, text: string): Finding {
  return {
    code: `host.${code}`,
    severity: code === 'peermem-not-loaded' ? 'warning' : 'critical',
    ...words,
    evidence: text,
    settingsChange: null,
  };
}
