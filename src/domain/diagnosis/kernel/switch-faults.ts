import {countedText} from '../../../shared/quantities/counts.ts';
import type {Finding} from '../finding.ts';

/** An NVSwitch's error, as the kernel module reports it (SXid) and as the fabric manager does. */
const bySwitch = /\bSXid \((?:PCI:)?([0-9A-Fa-f:.]{4,20})\): (\d{4,6}), (Non-fatal|Fatal)(?:, Link (\d{1,3}))?/;
const byManager =
  /detected NVSwitch (non-)?fatal error (\d{1,6}) on .{0,60}?NVSwitch pci bus id ([0-9A-Fa-f:.]{4,20})(?:.{0,40}? port (\d{1,3}))?/;
const ofPort = /Fabric Manager detected (GPU|Switch) NVL (Non )?Fatal error/i;

type SwitchError = {
  readonly isFatal: boolean;
  readonly number: string;
  readonly device: string;
  readonly port: string | undefined;
  readonly text: string;
};

function errorOf(text: string): SwitchError | null {
  const own = bySwitch.exec(text);
  if (own !== null) {
    return {isFatal: own[3] === 'Fatal', number: own[2] ?? '', device: own[1] ?? '', port: own[4], text};
  }
  const reported = byManager.exec(text);
  if (reported !== null) {
    return {
      isFatal: reported[1] === undefined,
      number: reported[2] ?? '',
      device: reported[3] ?? '',
      port: reported[4],
      text,
    };
  }
  const port = ofPort.exec(text);
  return port === null
    ? null
    : {isFatal: port[2] === undefined, number: '', device: port[1] ?? '', port: undefined, text};
}

/** Errors of NVSwitches in messages of the kernel or of the fabric manager: fatal ones end the programs that use them. */
export function switchFindings(texts: readonly string[]): readonly Finding[] {
  const errors = texts.flatMap((text) => errorOf(text) ?? []);
  return [...findingOf(errors.filter(({isFatal}) => isFatal)), ...findingOf(errors.filter(({isFatal}) => !isFatal))];
}

function findingOf(errors: readonly SwitchError[]): readonly Finding[] {
  const [first] = errors;
  if (first === undefined) return [];
  const {isFatal, number, device, port, text} = first;
  const what =
    number === '' ? `An NVLink port of a ${device === 'GPU' ? 'GPU' : 'switch'}` : `The NVSwitch at ${device}`;
  const details = [...(number === '' ? [] : [`SXid ${number}`]), ...(port === undefined ? [] : [`port ${port}`])];
  const shown = details.length === 0 ? '' : ` (${details.join(', ')})`;
  const times = errors.length === 1 ? '' : ` There are ${countedText(errors.length, 'such error')} in this text.`;
  return [
    {
      code: isFatal ? 'host.nvswitch-fatal' : 'host.nvswitch-error',
      severity: isFatal ? 'critical' : 'warning',
      message: `${what} had a ${isFatal ? 'fatal' : 'non-fatal'} error${shown}.${times}`,
      evidence: text,
      remedy: isFatal
        ? 'CUDA programs that use the fabric fail: stop them and reboot the node, or reset all GPUs together (nvidia-smi -r). If it happens again, give the log and nvidia-bug-report.sh to the vendor.'
        : 'By itself it ends no program: watch whether it happens again, and whether an Xid (74, 45) or a failed program comes at the same time. Then give the log and nvidia-bug-report.sh to the vendor.',
      settingsChange: null,
    },
  ];
}
