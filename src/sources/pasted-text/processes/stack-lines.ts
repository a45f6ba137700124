/** A call in a stack: of the kernel, of native code, or of Python, where `place` is the file. */
export type Frame = {
  readonly layer: 'kernel' | 'native' | 'python';
  readonly name: string;
  /** Module of the kernel, library or file with line; null where the text has none. */
  readonly place: string | null;
};

/** What a line of a stack is. `titled` says of which process or thread the frames that follow are. */
export type StackLine =
  | {readonly type: 'process'; readonly pid: number; readonly name: string | null; readonly thread: number | null}
  | {readonly type: 'wait-place'; readonly pid: number; readonly name: string | null}
  | {
      readonly type: 'thread';
      readonly id: number | null;
      readonly name: string | null;
      readonly isMain: boolean;
      readonly isActive: boolean;
    }
  | {readonly type: 'frame'; readonly frame: Frame}
  /** The watchdog of an engine took the dump that follows, because a step did not end. */
  | {readonly type: 'watchdog'}
  | {readonly type: 'note'};

/** py-spy dump. */
const process = /^Process (\d{1,9}): (\S.{0,300})$/;
const pythonVersion = /^Python v\d[\w.]{1,20} \(/;
const watchdogDump = /^(?:\[[^\]]{1,60}\] |\S{1,60} ){0,3}Py-?spy dump for PID \d{1,9}/i;
const pythonThread = /^Thread (0x[0-9A-Fa-f]{1,16}|\d{1,9}) \((active|idle)(?:\+gil)?\)(?:: "([^"]{1,200})")?/;
const pythonFrame = /^ {4}(\S.{0,600}) \(([^()]{1,300})\)$/;
/** gdb, pstack and eu-stack. */
const nativeThread =
  /^Thread (\d{1,6}) \((?:Thread 0x[0-9a-f]{1,16} )?\(?LWP (\d{1,9})\)?(?: "([^"]{1,100})")?\)|^TID (\d{1,9}):$/;
const nativeFrame =
  /^#\d{1,4} {1,3}(?:0x[0-9a-f]{6,16} (?:in )?([^\s(]{1,300})|([A-Za-z_][^\s(]{0,300}) \()(?:[^\n]{0,600} from (\S{1,300})$)?/;
/** /proc/PID/stack: an address, or zero for users who may not see it. */
const kernelFrame =
  /^\s{0,8}\[<[0-9a-f]{1,16}>\] (?:\? )?([A-Za-z_][\w.$]{1,120})(?:\+0x[0-9a-f]{1,8}\/0x[0-9a-f]{1,8})?(?: \[(\w{1,40})\])?\s*$/;
/** The file's name in a command, or in front of its lines as grep and head write it. */
const procFile =
  /\/proc\/(\d{1,9})\/(?:task\/(\d{1,9})\/)?(stack|wchan)\b(?: <==|:)?\s{0,4}(\[<.{0,200}|[a-z_]\w{2,80}$)?/;

/** Reads a line of a stack dump; null for another line. */
export function readStackLine(text: string): StackLine | null {
  return readProcFile(text) ?? readFrame(text) ?? readTitle(text);
}

function readProcFile(text: string): StackLine | null {
  const match = procFile.exec(text);
  if (match === null) return null;
  const [, pid, thread, kind, rest = ''] = match;
  const frame = kind === 'stack' ? readFrame(rest) : null;
  if (frame !== null) return frame;
  if (kind === 'wchan') return {type: 'wait-place', pid: Number(pid), name: rest === '' ? null : rest};
  return {type: 'process', pid: Number(pid), name: null, thread: thread === undefined ? null : Number(thread)};
}

function readFrame(text: string): StackLine | null {
  const kernel = kernelFrame.exec(text);
  if (kernel !== null) return frameOf('kernel', kernel[1], kernel[2]);
  const python = pythonFrame.exec(text);
  if (python !== null) return frameOf(/\.so[\d.]*$/.test(python[2] ?? '') ? 'native' : 'python', python[1], python[2]);
  const native = nativeFrame.exec(text);
  return native === null ? null : frameOf('native', native[1] ?? native[2], native[3]);
}

function frameOf(layer: Frame['layer'], name: string | undefined, place: string | undefined): StackLine {
  return {type: 'frame', frame: {layer, name: (name ?? '').trim(), place: place ?? null}};
}

function readTitle(text: string): StackLine | null {
  const [, pid, name] = process.exec(text) ?? [];
  if (pid !== undefined) return {type: 'process', pid: Number(pid), name: name ?? null, thread: null};
  if (pythonVersion.test(text)) return {type: 'note'};
  if (watchdogDump.test(text)) return {type: 'watchdog'};
  const python = pythonThread.exec(text);
  if (python !== null) {
    const id = python[1]?.startsWith('0x') === true ? null : Number(python[1]);
    return {
      type: 'thread',
      id,
      name: python[3] ?? null,
      isMain: python[3] === 'MainThread',
      isActive: python[2] === 'active',
    };
  }
  const native = nativeThread.exec(text);
  if (native === null) return null;
  return {
    type: 'thread',
    id: Number(native[2] ?? native[4]),
    name: native[3] ?? null,
    isMain: native[1] === '1',
    isActive: false,
  };
}
