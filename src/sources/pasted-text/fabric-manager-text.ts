import type {Finding} from '../../domain/diagnosis/finding.ts';
import {switchFindings} from '../../domain/diagnosis/kernel/switch-faults.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';
import {countedText} from '../../shared/quantities/counts.ts';

/** A line of its own log file. */
const fileLine = /^\[[A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d\] \[([A-Z]{1,12})\] \[tid \d{1,9}\] (.*)/;
/** What follows a line of a request from a driver. */
const payload =
  /^Message payload details: ?|^(?:moduleId|nodeId|partitionId|gpuGuid|portNum|errorCode|errorSubcode) : /;
/** Its messages in the journal, and those of its unit. */
const ownMessage =
  /\bnv-fabricmanager(?:\[\d{1,9}\])?: |^(?:fabric manager NVIDIA GPU driver interface version|detected NVSwitch (?:non-)?fatal error|request to query NVSwitch device information)|\bnvidia-fabricmanager(?:\.service|-start\.sh)|^Failed to start NVIDIA fabric manager|\bnvidia-fabricmanager-wrapper: |^(?:\S{1,60}: )?nvlsm: /;

const differs =
  /fabric manager .{0,40}driver interface version ([\d.]{3,20}) don't match with driver version ([\d.]{3,20}?)\.?(?:\s|$)/;
const noSwitches = /request to query NVSwitch device information from NVSwitch driver failed|NV_WARN_NOTHING_TO_DO/;
const unitFailed =
  /nvidia-fabricmanager\.service: (?:Failed with result|(?:Main|Control) process exited.{0,40}status=[1-9])|^Failed to start NVIDIA fabric manager/;
const errorText = /^(?:failed|error|unable|detected|cannot)\b/i;

/** Most errors that are kept. */
const MAX_LINES = 10_000;

/** Reads the log of NVIDIA's fabric manager, from its file or the journal, from the lines of any text. */
export class FabricManagerText {
  readonly #messages: string[] = [];
  readonly #errors: string[] = [];
  #count = 0;

  /** Takes a line; true if the fabric manager wrote it. */
  take(text: string): boolean {
    const [, level, said = text] = fileLine.exec(text) ?? [];
    if (level === undefined && !ownMessage.test(text)) return this.#count > 0 && payload.test(text);
    this.#count += 1;
    if (level === 'INFO' || this.#messages.length >= MAX_LINES) return true;
    this.#messages.push(said);
    if (level === 'ERROR' || level === 'FATAL' || errorText.test(said)) this.#errors.push(said);
    return true;
  }

  /** Number of its messages. */
  get count(): number {
    return this.#count;
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    return otherText({
      kind: 'fabric-manager-log',
      engine: null,
      displayName: 'Log of the NVIDIA fabric manager',
      summary: [`${countedText(this.#count, 'message')} of the service that connects GPUs by NVSwitch.`],
      findings: this.#findings(),
      lineCount,
    });
  }

  #findings(): readonly Finding[] {
    const ofSwitches = switchFindings(this.#messages);
    const start = startFinding(this.#messages);
    if (start !== null) return [start, ...ofSwitches];
    const [other] = this.#errors.filter((text) => switchFindings([text]).length === 0);
    return other === undefined ? ofSwitches : [...ofSwitches, errorFinding(other)];
  }
}

/** Why it did not start; without it no CUDA program starts either. */
function startFinding(messages: readonly string[]): Finding | null {
  const version = messages.find((text) => differs.test(text));
  const [, own, driver] = differs.exec(version ?? '') ?? [];
  if (version !== undefined) {
    return finding(
      'fabric-manager-version',
      `The fabric manager does not start: it has version ${own}, and the driver ${driver}. They must be the same.`,
      `Install nvidia-fabricmanager of version ${driver} (or upgrade the driver to ${own} and reboot), then: systemctl restart nvidia-fabricmanager. Until then CUDA fails with error 802.`,
      version,
    );
  }
  const nothing = messages.find((text) => noSwitches.test(text));
  if (nothing !== undefined) {
    return finding(
      'fabric-manager-no-switch',
      'The fabric manager finds no NVSwitch.',
      'Without NVSwitches it is not needed: disable it (systemctl disable nvidia-fabricmanager). With them, look for SXid and nvidia-nvswitch in the kernel log.',
      nothing,
    );
  }
  const failed = messages.find((text) => unitFailed.test(text));
  return failed === undefined
    ? null
    : finding(
        'fabric-manager-failed',
        'The fabric manager did not start, or exited.',
        'Read its log: journalctl -u nvidia-fabricmanager, and /var/log/fabricmanager.log. Its version must be exactly that of the driver. Until it runs, CUDA fails with error 802.',
        failed,
      );
}

function errorFinding(text: string): Finding {
  return finding(
    'fabric-manager-error',
    'The fabric manager reports an error.',
    'Check the state of the fabric (nvidia-smi -q, section Fabric) and the links (nvidia-smi nvlink --status); restart the service, or reboot the node, if they are not complete.',
    text,
  );
}

function finding(code: string, message: string, remedy: string, evidence: string): Finding {
  return {code: `host.${code}`, severity: 'critical', message, evidence, remedy, settingsChange: null};
}
