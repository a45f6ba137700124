import {hostFaultCodes} from '../../domain/diagnosis/kernel/host-faults.ts';
import {kernelFindings} from '../../domain/diagnosis/kernel/kernel-findings.ts';
import {isMemoryDaemonLine} from '../../domain/diagnosis/kernel/memory-daemons.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import {countedText} from '../../shared/quantities/counts.ts';

/** Most messages of a kernel that are kept; those with a fault are few. */
const MAX_MESSAGES = 20_000;
/** Longest message that is put together from several lines. */
const MAX_MESSAGE_CHARACTERS = 4_000;

/** What the kernel, or its NVIDIA driver, writes about cards, memory and crashes, with or without what is in front of it. */
const kernelLine =
  /\bNVRM: |\bkernel: |^kern {1,4}:\w{1,8} {0,4}: |^\[ {0,8}\d{1,9}\.\d{6}\] |^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\] |\bKilled process \d+,? \(|\binvoked oom-killer: |\boom-kill:constraint|\boom_reaper: |\bsegfault at [0-9a-f]+ ip |\bnvidia-(?:modeset|nvlink|uvm|nvswitch\d*): |\bpcieport \d|\bS?Xid \((?:PCI:|[0-9a-f]{4}:)|\bVFS: file-max limit |\bINFO: task .{1,60}:\d+ blocked for more than |\bBUG: soft lockup|\bKernel panic - not syncing|\[Hardware Error\]: |\bAMD-Vi: |\bmisc dxg: |\bamdgpu [0-9a-f]{4}:|\b(?:i915|xe) [0-9a-f]{4}:|\bDMAR: |\barm-smmu|^(?:kern|user|daemon): {1,4}\w{1,8}: \[/;
/** Programs that load the driver's modules, or keep it loaded. */
const moduleLine =
  /\b(?:modprobe|insmod): (?:FATAL|ERROR): .{0,300}nv|Failed to insert module '?nv|Module '?nvidia\S{0,30} not found|Failed to query NVIDIA devices\./;
/** The time in front of a message, and what dmesg says of it. */
const stamp =
  /^(?:(?:kern|user|daemon): {1,4}\w{1,8}: \[[^\]]{1,40}\]: )?(?:kern {1,4}:\w{1,8} {0,4}: (?:\d{4}-\S{10,40} |\[[^\]]{1,40}\] ?)?)?(?:\[[^\]]{1,40}\] ?)?(?:\S{1,100} (?=kernel: ))?(?:kernel: )?(?:\[ {0,8}\d{1,9}\.\d{6}\] ?)?/;
/** A line that continues the message above it: indented and without a time, or without what every message begins with. */
const continuation = /^\s+(?!\[ {0,8}\d|\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )\S|^NVRM: +(?:\(|fallen|installed)/;

/** Warnings for a host that runs on, by which a text about it is one of a failure. */
const failures: ReadonlySet<string> = new Set(['host.xid-of-program', 'host.segfault', ...hostFaultCodes]);

/** Collects the messages of a kernel from the lines of any text. */
export class KernelText {
  readonly #messages: string[] = [];
  #count = 0;
  /** The line before was the kernel's, or continued one of its messages. */
  #isOpen = false;

  /** Takes a line; true if the kernel wrote it. */
  take(text: string): boolean {
    const isKernel = kernelLine.test(text.trimStart()) || moduleLine.test(text) || isMemoryDaemonLine(text);
    const last = this.#messages.length - 1;
    const before = this.#messages[last];
    if (before !== undefined && this.#isOpen && continuation.test(text)) {
      if (before.length < MAX_MESSAGE_CHARACTERS) this.#messages[last] = `${before} ${text.trim()}`;
      return isKernel;
    }
    this.#isOpen = isKernel;
    if (!isKernel) return false;
    this.#count += 1;
    this.#messages.push(text.trimStart().replace(stamp, ''));
    if (this.#messages.length > MAX_MESSAGES) this.#messages.shift();
    return true;
  }

  /** Number of lines that the kernel wrote. */
  get count(): number {
    return this.#count;
  }

  /** What they say about cards, memory and crashes. */
  findings() {
    return kernelFindings(this.#messages);
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    const findings = this.findings();
    const summary =
      findings.length > 0 ? [] : [`${countedText(this.#count, 'message')} of the kernel, none of a failure.`];
    const text = otherText({kind: 'kernel-log', engine: null, displayName: 'Kernel log', summary, findings, lineCount});
    return findings.some(({code}) => failures.has(code)) ? {...text, exit: 'failed'} : text;
  }
}
