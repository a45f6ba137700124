import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {eventually} from '../../harness/eventually.ts';
import {openTerminal, type PtyTerminal} from '../../harness/terminal.ts';

/** How a line carries packets, the same in both directions. */
export type LineQuality = {
  readonly bytesPerSecond: number;
  readonly delayMs: number;
  /** The delay varies by so much; the order of the packets stays. */
  readonly jitterMs: number;
  /** The part of the packets that is lost, 0..1. */
  readonly loss: number;
  readonly isCut: boolean;
};

/** Debian's sshd in a network namespace of its own, and an operator in another one, with a bad line between them. */
export type BadLine = {
  readonly set: (quality: Partial<LineQuality>) => void;
  /** `ssh -tt` with this command, in a terminal of the operator. */
  readonly open: (command: string, size: {readonly columns: number; readonly rows: number}) => PtyTerminal;
  readonly close: () => void;
};

const OPERATOR = 'gantry-operator';
const NODE = 'gantry-node';
const OPERATOR_DEVICE = 'gantry-tun0';
const NODE_DEVICE = 'gantry-tun1';
const OPERATOR_ADDRESS = '10.77.0.1';
const NODE_ADDRESS = '10.77.0.2';
const SEED = '20261127';
const SSHD = '/usr/sbin/sshd';
const packetLine = fileURLToPath(new URL('packet-line.py', import.meta.url));

/** Why no line can be had here; null if one can. */
export function lineProblem(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces and sshd need root';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  if (!existsSync(SSHD)) return `there is no ${SSHD}: apt-get install openssh-server`;
  for (const program of [
    ['ip', '-V'],
    ['ssh', '-V'],
    ['python3', '--version'],
    ['tmux', '-V'],
  ]) {
    const [file = '', ...args] = program;
    try {
      execFileSync(file, args, {stdio: 'ignore'});
    } catch {
      return `there is no ${file}: apt-get install iproute2 openssh-client python3 tmux`;
    }
  }
  return null;
}

/** Sets everything up, with keys and sshd's files in this directory. What an interrupted run left is removed first. */
export async function openBadLine(directory: string): Promise<BadLine> {
  removeNamespaces();
  const line = spawn('python3', [packetLine, OPERATOR_DEVICE, NODE_DEVICE, SEED], {stdio: ['pipe', 'pipe', 'inherit']});
  let said = '';
  line.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  await eventually(() => said.includes('ready'), 'the line');
  addEnd(OPERATOR, OPERATOR_DEVICE, OPERATOR_ADDRESS);
  addEnd(NODE, NODE_DEVICE, NODE_ADDRESS);
  const key = startSshd(directory);
  const terminals: PtyTerminal[] = [];
  return {
    set: (quality) => void line.stdin.write(`${JSON.stringify(quality)}\n`),
    open(command, size) {
      const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'].flatMap(
        (option) => ['-o', option],
      );
      const ssh = ['ssh', '-F', 'none', '-i', key, ...options, '-tt', `root@${NODE_ADDRESS}`, command];
      const env = {PATH: process.env['PATH'] ?? '/usr/bin:/bin', TERM: 'xterm-256color', LANG: 'C.UTF-8'};
      const terminal = openTerminal({file: 'ip', args: ['netns', 'exec', OPERATOR, ...ssh], env, ...size});
      terminals.push(terminal);
      return terminal;
    },
    close() {
      for (const terminal of terminals) terminal.kill('SIGKILL');
      line.kill();
      removeNamespaces();
    },
  };
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
}

function addEnd(namespace: string, device: string, address: string): void {
  ip('netns', 'add', namespace);
  ip('link', 'set', device, 'netns', namespace);
  ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', device);
  for (const name of ['lo', device]) ip('-n', namespace, 'link', 'set', name, 'up');
}

/** A server for one key; returns the file of that key. */
function startSshd(directory: string): string {
  const [host, key] = ['host-key', 'key'].map((name) => path.join(directory, name));
  if (host === undefined || key === undefined) throw new Error('no files for keys');
  for (const file of [host, key]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const settings = [
    `ListenAddress ${NODE_ADDRESS}`,
    `HostKey ${host}`,
    `AuthorizedKeysFile ${key}.pub`,
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
  ];
  const file = path.join(directory, 'sshd_config');
  writeFileSync(file, `${settings.join('\n')}\n`);
  mkdirSync('/run/sshd', {recursive: true});
  ip('netns', 'exec', NODE, SSHD, '-f', file);
  return key;
}

/** With what runs in them. */
function removeNamespaces(): void {
  for (const namespace of [OPERATOR, NODE]) {
    if (!ip('netns', 'list').split(/\s/).includes(namespace)) continue;
    for (const pid of ip('netns', 'pids', namespace)
      .split('\n')
      .filter((text) => text !== ''))
      endProcess(Number(pid));
    ip('netns', 'delete', namespace);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
