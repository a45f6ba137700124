/** A text of a kind that is not read: what it is, as a part of a sentence, and what to give instead. */
export type ForeignText = {readonly name: string; readonly help: string | null};

const engineLog = 'Give the output of the engine instead, stderr included.';

/** Texts that people give by mistake, or because they have nothing else; the first match counts. */
const kinds: readonly (readonly [pattern: RegExp, name: string, help: string])[] = [
  [
    /^\s*<(?:!DOCTYPE )?html/i,
    'a web page',
    'Copy the text of the log itself, or give the address of its raw form to curl.',
  ],
  [/^#!\s*\//, 'a script', 'Give what it printed when it ran, stderr included (bash SCRIPT 2>&1 | tee log).'],
  [
    /^(?:apiVersion|kind|version): |^services:\s*$/m,
    'a YAML file',
    'Give what came of it: kubectl describe pod and kubectl logs, or docker compose logs.',
  ],
  [
    /^(?:import \w|from \w[\w.]{0,80} import |def \w{1,80}\(|class \w{1,80}[(:])/m,
    'Python source',
    'Give what it printed when it ran, with the whole traceback.',
  ],
  [
    /^CONTAINER ID +IMAGE/m,
    'a list of containers',
    'Give the log of the container: docker logs NAME 2>&1 | gantry diagnose. For an exit code: docker inspect NAME --format "{{json .State}}".',
  ],
  [
    /^[\u25cf*\u00d7] \S{1,120}\.service\b|^ {0,12}Active: \w/m,
    'the status of a unit',
    'Give its log: journalctl -u UNIT -b --no-pager | gantry diagnose',
  ],
  [
    /^ {0,20}(?:total +used +free|Mem: +\d)/m,
    'the use of host memory',
    'It does not show what failed. Give the log of the engine, or dmesg -T if a process was killed.',
  ],
  [
    /^Filesystem +(?:Type +)?(?:1K-blocks|Size|Inodes)/m,
    'the use of disks',
    'It does not show what failed. Give the log of the engine: a full disk is named there.',
  ],
  [
    /^[\da-f]{2}:[\da-f]{2}\.\d (?:3D|VGA|Bridge|PCI|Non-Volatile|Ethernet|Infiniband)/m,
    'a list of PCI devices',
    'If a GPU is missing there, give the kernel log: dmesg -T | gantry diagnose',
  ],
  [
    /^(?:Netid|State) +(?:State +)?Recv-Q|^Proto Recv-Q/m,
    'a list of sockets',
    'If the port is in use, the log of the engine says so: give that.',
  ],
  [/^(?:[A-Za-z0-9][\w.-]{0,80}==\d[\w.+]{0,40}\s*){3}/m, 'a list of Python packages', engineLog],
  [/^(?:(?:export )?[A-Z][A-Z0-9_]{1,60}=.{0,400}\n){3}/m, 'a list of environment variables', engineLog],
  [
    /No valid triton configs\b|\bfor benchmark choice \w/m,
    'a message of the autotuner of PyTorch',
    'It is harmless: a candidate that this GPU cannot run was rejected, and another one is used. For a failure, give the whole log.',
  ],
  [
    /"(?:architectures|model_type|num_hidden_layers)"\s*:/,
    'the configuration of a model',
    'To plan its memory: gantry plan --model DIRECTORY. To explain a failure, give the output of the engine.',
  ],
  [/^\w[\w.-]{0,60}@[\w.-]{1,80}:[^$#\n]{0,200}[$#] /m, 'a terminal session', engineLog],
  [
    /^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[[{"\]]|$))/,
    'JSON',
    'A log in JSON is read if each entry has its message (log, message, msg, textPayload): give it with these fields.',
  ],
];

/** Characters of a text by which it is judged. */
const MAX_CHARACTERS = 20_000;

/** What a text of no known kind seems to be; null if unknown. */
export function foreignText(lines: readonly string[]): ForeignText | null {
  const text = `${lines.join('\n').slice(0, MAX_CHARACTERS)}\n`;
  if (text.trim() === '') return {name: 'empty', help: null};
  const found = kinds.find(([pattern]) => pattern.test(text));
  return found === undefined ? null : {name: found[1], help: found[2]};
}
