import {detailSchemas} from '../../../src/domain/diagnosis/details/details.ts';
import {engines} from '../../../src/engines/registry.ts';
import {allKeyLines} from '../../../src/tui/keys/key-table.ts';
import {readSource, sourceFiles} from '../../architecture/source-tree.ts';
import {catalogCodes} from './engine-codes.ts';

/** Beginnings of codes that no snapshot has: events, answers of commands, errors before there is a supervisor. */
const otherRooms =
  /^(api|client|command|demo|directories|finding|incident|layout|log|report|restart|service|settings|usage)\./;

/** Of outputs of nvidia-smi that Gantry does not ask for itself: rows without names of their values. */
const ofPastedOutput: ReadonlySet<string> = new Set(['source.nvidia-smi.value-unreadable']);

/** Codes of events, answers and command-line findings, and code that is only part of another finding. */
const others: ReadonlySet<string> = new Set([
  // Events.
  'configuration.changed',
  'engine.adopted',
  'engine.degraded',
  'engine.exited',
  'engine.failed',
  'engine.spawned',
  'supervisor.exited',
  'supervisor.started',
  // Answers of commands, and errors of clients.
  'engine.drain-unsupervised',
  'engine.started-again',
  'lifecycle.cancelled',
  'lifecycle.other-settings',
  'plan.absent',
  'supervisor.already-running',
  'supervisor.bug',
  'supervisor.cannot-listen',
  'supervisor.engine-known',
  'supervisor.foreign-socket',
  'supervisor.held-elsewhere',
  'supervisor.incompatible',
  'supervisor.lock-unusable',
  'supervisor.no-log',
  'supervisor.no-permission',
  'supervisor.not-responding',
  'supervisor.socket-path-taken',
  'supervisor.socket-path-too-long',
  'supervisor.timeout',
  'supervisor.unavailable',
  // Advice of a plan, which snapshots do not repeat.
  'memory.decode-context-multiplies',
  'memory.experts-on-host',
  'memory.fp8-cache-doubles',
  'memory.other-cure',
  // Keys, files and modules.
  'configuration.json',
  'engine.container',
  'engine.format',
  'engine.model',
  'engine.name',
  'history.sqlite',
  'host.json',
  'journal.jsonl',
  'supervisor.lock',
  'supervisor.log',
  'vllm.entrypoints.cli.main',
  // Reasons in `configuration.not-in-force`.
  'configuration.file-missing',
  'configuration.file-too-large',
  'configuration.file-unreadable',
  'configuration.invalid-value',
  'configuration.unknown-key',
  'configuration.unknown-variable',
  'configuration.yaml-syntax',
  // Answers of a probe that are normal.
  'engine.probe-unavailable',
  'engine.probe-timeout',
  'engine.unreachable',
  // Of `gantry cost` and `gantry break-even` alone.
  'history.none',
  'history.older',
  'supervisor.older',
  // Of `gantry doctor`, `gantry service` and `gantry plan` alone.
  'configuration.unused',
  'host.logout-kills',
  'memory.calibration-unread',
  'memory.cards-differ',
  'memory.no-nominal',
  'memory.smallest-node',
  'memory.unknown-engine',
  'memory.unknown-format',
  'memory.unknown-model',
  'memory.unknown-node',
  // Of `gantry diagnose` alone: what a text shows of a host that may be another one.
  'host.driver-finds-no-gpu',
  'host.gpu-unreachable',
  'host.hung-task',
  'host.fabric-not-ready',
  'host.gpu-needs-reset',
  'host.iommu-fault',
  'host.killed-for-memory',
  'host.link-error',
  'host.nvswitch-error',
  'host.nvswitch-fatal',
  'host.process-blocked',
  'host.segfault',
  'host.server-without-workers',
  'host.stack-waits',
  'host.watchdog-dump',
  'host.workers-defunct',
  'host.workers-orphaned',
  'host.xid-consequence',
  'host.xid-of-program',
]);

/** Beginnings of codes of findings: other words with a dot are keys and files. */
const rooms =
  'configuration|engine|flight-recorder|gpu|history|hooks|host|journal|ledger|lifecycle|llamacpp|memory|node|plan|preflight|process|sglang|source|supervisor|vllm';
const stated = new RegExp(`(?:\\bcode: |\\(\\s*|return |= |\\? |: )'((?:${rooms})(?:\\.[a-z][a-z0-9-]*)+)'`, 'g');
/** Without `source.nvidia-smi.`. */
const ofNvidiaSmi =
  /(?:gpuFinding\(\s*|cardFinding\(\s*[a-zA-Z]+\([a-z]+\),\s*|\?\? |\? |: )'([a-z]+(?:-[a-z]+)*)'(?=,|\)| :|;)/g;

const notCodes: ReadonlySet<string> = new Set(['critical', 'warning', 'error']);

function statedCodes(file: string): readonly string[] {
  const text = readSource(file);
  const whole = [...text.matchAll(stated)].map(([, code = '']) => code).filter((code) => !ofKeys.has(code));
  if (!file.startsWith('sources/nvidia-smi/')) return whole;
  const isProblem = file.startsWith('sources/nvidia-smi/problems/');
  const parts = [...text.matchAll(ofNvidiaSmi)].filter(
    ([match, code = '']) => !notCodes.has(code) && (isProblem || match.startsWith('gpuFinding')),
  );
  return [...whole, ...parts.map(([, code = '']) => `source.nvidia-smi.${code}`)];
}

/** Names of actions in the key table look like codes, and texts that name their keys have them. */
const ofKeys: ReadonlySet<string> = new Set(allKeyLines().map(({id}) => id));

/** Of keys of the configuration and of the console, which look like codes; and of the simulated engines. */
function isOfOtherNames(file: string): boolean {
  return ['simulator/', 'config/', 'tui/'].some((folder) => file.startsWith(folder));
}

/** Python modules of the engines' benchmarks have the engines' names. */
const ofBenchTools: ReadonlySet<string> = new Set(engines.flatMap(({benchTools}) => benchTools.map(({name}) => name)));

/** Every code that a finding of a snapshot can have, as the source states them. */
export function findingCodes(): readonly string[] {
  const codes = sourceFiles()
    .filter((file) => !isOfOtherNames(file))
    .flatMap(statedCodes);
  const conflicts = engines.flatMap(({name}) =>
    ['argument-conflict', 'endpoint-argument', 'secret-argument'].map((kind) => `${name}.${kind}`),
  );
  // Those of any engine are in the catalogs, under the names of the engines.
  const detailed = Object.keys(detailSchemas).filter((code) => !code.startsWith('*.'));
  const all = new Set([...codes, ...catalogCodes(), ...conflicts, ...detailed]);
  return [...all]
    .filter(
      (code) => !otherRooms.test(code) && !(others.has(code) || ofPastedOutput.has(code) || ofBenchTools.has(code)),
    )
    .sort();
}

/** What is excluded by name, to see that it still exists. */
export const excludedCodes = others;
