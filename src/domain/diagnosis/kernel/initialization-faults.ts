import type {Finding} from '../finding.ts';

/** The driver's last word on a card that it could not start: where it gave up, why (`rm_init_status` and `nvstatuscodes.h` of the open modules), and a line number. */
const failedPattern =
  /NVRM: (?:GPU (\S{4,20}): )?RmInitAdapter failed! \(0x([0-9a-f]{1,8}):0x([0-9a-f]{1,8}):\d{1,6}\)/i;
/** Its firmware does not start; the last two are what the driver says of that before. */
const firmwarePattern =
  /NVRM: .{0,200}?(?:Cannot initialize GSP firmware|GFW_BOOT|GFW boot|GSP failed to (?:halt|boot)|[Ff]ailed to boot GSP)/;

const FIRMWARE_STAGES: ReadonlySet<number> = new Set([0x60, 0x61, 0x62]);
const BIOS_STAGES: ReadonlySet<number> = new Set([0x30, 0x31, 0x32]);
const GPU_IS_LOST = 0x0f;
const NOT_SUPPORTED = 0x56;
const REJECTED_VBIOS = 0x61;

const COLD =
  'Power the host off and on: a reset or a reboot does not restart that firmware. If it stays, use another version of the driver, then have the card, its slot and its power checked.';
const SET_UP =
  'On a new or changed host: turn on Above 4G Decoding and Resizable BAR in the BIOS, install the driver with the open kernel modules (Blackwell has no other), and of a virtual machine give it the memory window that the card needs (64-bit MMIO). If the card worked before, look for the first Xid further up (journalctl -k -b) and power the host off and on.';

/** The finding for a card that the driver found and could not start; null where it was lost, or where nothing says so. */
export function initializationFault(texts: readonly string[]): Finding | null {
  const text = texts.find((line) => failedPattern.test(line));
  const [, pciBusId, stage = '', status = ''] = failedPattern.exec(text ?? '') ?? [];
  if (text === undefined || Number.parseInt(status, 16) === GPU_IS_LOST) return null;
  const {reason, remedy} = whyOf(Number.parseInt(stage, 16), Number.parseInt(status, 16), texts);
  return {
    code: 'host.gpu-unreachable',
    severity: 'critical',
    message: `The driver found the GPU${pciBusId === undefined ? '' : ` at ${pciBusId}`} and could not initialize it${reason}.`,
    evidence: text,
    remedy,
    settingsChange: null,
  };
}

function whyOf(
  stage: number,
  status: number,
  texts: readonly string[],
): {readonly reason: string; readonly remedy: string} {
  if (FIRMWARE_STAGES.has(stage) || texts.some((line) => firmwarePattern.test(line)))
    return {reason: ': its firmware (GSP) did not start', remedy: COLD};
  if (BIOS_STAGES.has(stage) || status === REJECTED_VBIOS)
    return {reason: ': its video BIOS was refused', remedy: COLD};
  return {reason: status === NOT_SUPPORTED ? ': something that it needs is not supported here' : '', remedy: SET_UP};
}
