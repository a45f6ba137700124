import type {LogLevel, PrefixedLine} from './log-prefix.ts';

/**
 * What an error line is, the most telling first: an exception or a failed assertion names a reason; a crash is what the
 * handler of a signal prints, with the place; a library's error is what the network library says in its own warnings; one
 * that only passes on what happened to another process or to its connection does not; neither does one who was asked to
 * end; a death is what the shell prints; an error line is known by its level alone; an exit code says no more than that
 * something failed.
 */
export type ErrorForm =
  | 'exception'
  | 'crash'
  | 'library-error'
  | 'peer-lost'
  | 'stopped'
  | 'passed-on'
  | 'death'
  | 'error-line'
  | 'exit-code';

export const errorForms: readonly ErrorForm[] = [
  'exception',
  'crash',
  'library-error',
  'peer-lost',
  'stopped',
  'passed-on',
  'death',
  'error-line',
  'exit-code',
];

export type ErrorLine = {readonly form: ErrorForm; readonly text: string};

/** A line of the stack trace of native code, which comes after the error. */
const nativeFrame =
  /^\s*(?:frame #\d{1,4}: |Exception raised from \S|\S{1,300}\([^()\s]{0,200}\+0x[0-9a-f]{1,16}\) ?\[0x[0-9a-f]{1,16}\]$)/;

/** True for a line of a stack trace of native code. */
export function isNativeFrame(rest: string): boolean {
  return nativeFrame.test(rest);
}

/** What a line must contain before it is examined. */
const hint =
  /rror|CANCELLED|NCCL WARN|non-zero status|imeout|\[crit|xception|nterrupt|Exit|EXIT|exit|ailed|FAILED|ailure|atal|anic|ssert|GGML_A|terminat|what\(\)|illed|KILL|bort|ault|llegal|ignal|SIG|orrupt|free\(\)|munmap|not found|Died|ERR|CRIT|FATAL|\[alert|\[emerg|frame #|\)\[0x|\) \[0x|trap|navailable|' object |object$|of range|by zero|\d E |\[?\b[EF]\d/;

/** True for a line that may be an error, by a fast check. */
export function mayBeError(text: string): boolean {
  return hint.test(text);
}

const named =
  /^((?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Interrupt|Exit|Timeout|Unavailable))(?:: +(\S.*)|$)/;
const namedWithin = /(?:^|[\s\])>:])((?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Interrupt|Exit))(?:: (\S.*)|$)/;

/** Failed assertions, panics and aborts of native code, and programs that could not be started. */
const native =
  /GGML_ASSERT\(|GGML_ABORT|: fatal error\b|^fatal(?: error)?: \S|\bpanicked at |^panic: \S|[Aa]ssertion [`'"\u2018(].{1,200} failed|\bFatal Python error: |\bnvcc fatal\b|\bCheck failed: |error while loading shared libraries: |symbol lookup error: |exec format error|: command not found|^(?:\/\S{1,80}\/)?(?:ba|da|a|z)?sh: (?:line )?\d{1,6}: \S{1,200}: not found$|double free or corruption|\bError response from daemon: |\bHSA_STATUS_ERROR|\bMemory access fault by GPU|\b(?:ROCm|HIP|SYCL|Vulkan|CUDA) error: |\bDeepEP .{0,80}timeout|\b(?:malloc|free|munmap_chunk|realloc)\(\): |corrupted (?:size|double-linked)|what\(\): |\bterminating (?:due to|with) uncaught (?:foreign )?exception/;

const deathWords =
  'Killed|Aborted|Abort trap|Segmentation fault|Bus error|Illegal instruction|Floating point exception|Trace\\/breakpoint trap';
/** What a shell writes in front of it: the script and line, the job, the process. */
const shellPrefix =
  /: line \d{1,6}: {1,4}(?:\d{1,9} )?(?=[A-Z])|^zsh: |^\[\d{1,5}\] ?[+-]? {1,4}(?:\d{1,9} )?|^\d{1,9} {1,3}/;
/** What a shell prints when a program ends by a signal. */
const death = new RegExp(
  `^(?:${deathWords}|killed|segmentation fault|abort)(?:: \\d+)?(?: \\(core dumped\\))?(?:$| {2})`,
);
/** The same with the command as the shell read it. */
const diedCommand = new RegExp(
  `^(?:${deathWords}|killed|segmentation fault|abort)(?:: \\d+)?(?: {1,20}\\(core dumped\\) {1,20}| {2,40})(\\S.{0,400})`,
);
/** What handlers of signals print when native code crashes; an abort is no crash but the end of an error that came before. */
const crashed =
  /\*\*\* SIG(?:SEGV|BUS|ILL|FPE) received at |\bFatal Python error: (?:Segmentation fault|Bus error|Illegal instruction|Floating point exception)|[Cc]aught (?:fatal )?signal (?:4|7|8|11)\b|Segfault encountered|\bSignal: (?:Segmentation fault|Bus error|Illegal instruction|Floating point exception) \(\d+\)|!!!!!!! Segfault|(?:received|terminated with) signal SIG(?:SEGV|BUS|ILL|FPE)\b|\breceived SIG(?:SEGV|BUS|ILL|FPE) for address\b/;
const aborted = /\bFatal Python error: Aborted/;
/** Warnings by which NCCL and NVSHMEM give the reason of an error that their callers only know the number of. */
const libraryError =
  /\bNCCL WARN (?:Call to|Error|Cuda failure|.{0,80}failed)|: non-zero status: \d+|\bNVSHMEM.{0,80}(?:failed|ERROR)/;
/** Nothing is wrong: the parts are optional. */
const optionalPart = /libibverbs|[Pp]lugin|gdrcopy|GDRCopy|nvidia[-_]peermem/;
/** What libraries trace, and what clients send, where a server logs it. */
const informative = /\bNCCL (?:INFO|TRACE) |^(?:Receive|Finish): obj=|^(?:Received request|Generated response) \S/;

const signalled =
  /\*\*\* (?:SIG[A-Z]+ received|Aborted) at |terminated by signal SIG\w+|(?:received|terminated with) signal SIG(?:ABRT|KILL|SYS)\b|\bSignal: [A-Z][\w ]{2,40} \(\d+\)|[Cc]aught (?:fatal )?signal \d+|\bcode=(?:killed|dumped), status=\d+\/\w+|\bOOMKilled\b|terminate called (?:without|recursively)|A (?:fatal|worker) .{0,40}SIG(?:KILL|SEGV|ABRT|BUS)/;

/** What is larger is a status of HTTP. */
const MAX_EXIT_CODE = 255;
const exitCode =
  /\b(?:exit(?:ed|ing)?|returned|status)(?: with)?(?: (?:a )?non-zero)?(?: (?:code|status|exit status|exit code))?[ :=(]{1,12}(-?\d{1,3})\b|\b(?:Exit Code|exit_?code|rc) ?[:=] {0,12}\(?(-?\d{1,3})\b/;

/** Exceptions by which a process says that another one, or its client, is gone. */
const passedOn =
  /(?:^|\.)(?:BrokenPipeError|ConnectionResetError|ConnectionAbortedError|EOFError|CancelledError|SystemExit|ChildFailedError|ContextTerminated|BrokenProcessPool|ProcessExitedException|ProcessRaisedException|(?:Ray)?ActorDiedError|RayActorError|WorkerCrashedError|EngineDeadError|EngineGenerateError|MQLLMEngine\w*Error|RemoteDisconnected|ClientDisconnect|TimeoutExpired)$/;
const passedOnText =
  /see (?:the )?(?:root cause|stack ?trace|traceback|error)s? (?:\(?above|below)|root cause above|One of the subprocesses|cancelled$|process group was (?:aborted|destroyed)|Failed to load model from file|watchdog|NCCL operations have failed|DistBackendError'?$/i;
const peerLost =
  /Connection (?:closed by (?:remote )?peer|reset by peer)|gloo\/transport\/tcp\/pair\.cc|Broken pipe|socketProgress|remote process exited/i;

/** An operator, or the scheduler of jobs, ended it. */
const stoppedName = /(?:^|\.)KeyboardInterrupt$/;
const stopped = /^slurmstepd: error: \*{3} .{0,120} CANCELLED |^KeyboardInterrupt(?:: |$)|^Terminated(?:$| {2,})/;

/** Code of a traceback that puts a message together: what it says stands below. */
const codeLine = /(?:^|\s)raise [\w.]{1,100}\(f["']/;

/** True for a line that never says why the program failed: a library's trace, or the text of a request. */
export function isInformative(text: string): boolean {
  if (codeLine.test(text)) return true;
  const trace = informative.exec(text);
  // Of lines that were run together, the error stands in front of what a library traces.
  return trace !== null && !namedWithin.test(text.slice(0, trace.index));
}

/** True for a line by which a process says that it lost the connection to another one. */
export function isPeerLost(text: string): boolean {
  return peerLost.test(text);
}

/** The form of an exception: some only pass on the failure of another process. */
export function exceptionForm(name: string, said: string): ErrorForm {
  if (stoppedName.test(name)) return 'stopped';
  if (peerLost.test(said)) return 'peer-lost';
  return passedOn.test(name) || passedOnText.test(said) ? 'passed-on' : 'exception';
}

/** Of the autotuner of PyTorch: a candidate that a GPU cannot run was rejected. As the cause of another error it is one. */
const rejected = /No valid triton configs\b|\bfor benchmark choice \w|Ignoring this choice\b/;
const compileError = /\b(?:InductorError|BackendCompilerFailed|NoTritonConfigsError): /;

/** What this line says about a failure; null if nothing. Lines of a traceback other than its last are not errors. */
export function readErrorLine({level, rest}: PrefixedLine): ErrorLine | null {
  if (level === 'info' || level === 'warning') return null;
  if (isInformative(rest)) return null;
  if (rejected.test(rest) && !compileError.test(rest)) return null;
  const text = rest.trim();
  if (stopped.test(text)) return {form: 'stopped', text};
  if (crashed.test(text)) return {form: 'crash', text};
  if (aborted.test(text)) return {form: 'death', text};
  if (libraryError.test(text) && !optionalPart.test(text)) return readLibrary(text);
  return readNative(text) ?? readException(text) ?? readDeath(text) ?? readExitCode(text) ?? readLevel(level, rest);
}

function readLibrary(text: string): ErrorLine {
  const warning = text.indexOf('NCCL WARN ');
  return {form: peerLost.test(text) ? 'peer-lost' : 'library-error', text: text.slice(Math.max(0, warning))};
}

function readException(text: string): ErrorLine | null {
  const match = named.exec(text) ?? namedWithin.exec(text);
  if (match === null) return null;
  const [, name = '', said = ''] = match;
  // A name alone may be a part of a sentence; the last line of a traceback is known by what is above it.
  if (said === '') return null;
  return {form: exceptionForm(name, said), text: `${name}: ${said}`};
}

function readNative(text: string): ErrorLine | null {
  return native.test(text) ? {form: exceptionForm('', text), text} : null;
}

function readDeath(text: string): ErrorLine | null {
  const prefix = shellPrefix.exec(text);
  const word = prefix === null ? text : text.slice(prefix.index + prefix[0].length);
  return death.test(word) || signalled.test(text) ? {form: 'death', text: word} : null;
}

/** The command that a shell says died of a signal; null for another line, and where it names none. */
export function commandThatDied({rest}: PrefixedLine): string | null {
  const text = rest.trim();
  const prefix = shellPrefix.exec(text);
  return diedCommand.exec(prefix === null ? text : text.slice(prefix.index + prefix[0].length))?.[1] ?? null;
}

function readExitCode(text: string): ErrorLine | null {
  const match = exitCode.exec(text);
  const code = match?.[1] ?? match?.[2];
  const number = Number(code ?? 0);
  return number === 0 || number > MAX_EXIT_CODE ? null : {form: 'exit-code', text};
}

const levelled =
  /^(?:[\w./-]{1,80}: )?(?:error|fatal|ERROR|FATAL|Error|FAILED)(?:\[\w{1,20}\])?: +\S|\[(?:error|crit|alert|emerg|fatal)\] /;
/** What Python says of an error whose name was left out. */
const withoutName =
  /^'\w{1,80}' object (?:is not |has no attribute '|does not support |cannot be )|^(?:cannot unpack non-iterable \w{1,80} object|list index out of range|division by zero)$/;
const notSaid = /^(?:Traceback \(most recent|File "|Stack trace|frame #\d|#\d+ |[\^~ ]*$)/;

function readLevel(level: LogLevel | null, rest: string): ErrorLine | null {
  if (/^\s/.test(rest) || notSaid.test(rest)) return null;
  const text = rest.trim();
  if (level !== 'error' && !levelled.test(text) && !withoutName.test(text)) return null;
  return {form: passedOnText.test(text) ? 'passed-on' : 'error-line', text};
}
