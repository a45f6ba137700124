import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createSnapshotEncoder} from '../../../src/api/recording/snapshot-encoder.ts';
import {readRecording} from '../../../src/cli/replay/read-recording.ts';
import {packTar} from '../../../src/cli/report/pack-tar.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const text = `${JSON.stringify(createSnapshotEncoder().encode(buildSnapshot(), null).line)}\n`;
const archive = packTar(
  [
    {name: 'gantry-report-1/README.txt', data: Buffer.from('read me')},
    {name: 'gantry-report-1/incident/recording.jsonl', data: Buffer.from(text)},
  ],
  0,
);

const {directory, remove} = makeTemporaryDirectory('replay');
afterAll(remove);
beforeAll(() => {
  mkdirSync(path.join(directory, 'unpacked', 'incident'), {recursive: true});
  writeFileSync(path.join(directory, 'unpacked', 'incident', 'recording.jsonl'), text);
  writeFileSync(path.join(directory, 'report.tar.gz'), gzipSync(archive));
  writeFileSync(path.join(directory, 'report.tar'), archive);
  writeFileSync(path.join(directory, 'recording.jsonl'), text);
  writeFileSync(path.join(directory, 'recording.jsonl.gz'), gzipSync(text));
  mkdirSync(path.join(directory, 'empty'));
  writeFileSync(path.join(directory, 'old.tar.gz'), gzipSync(packTar([{name: 'r/a', data: Buffer.from('a')}], 0)));
  writeFileSync(path.join(directory, 'cut.tar.gz'), gzipSync(archive).subarray(0, 100));
  writeFileSync(path.join(directory, 'bomb.gz'), gzipSync(Buffer.alloc(140 * 1024 * 1024)));
  writeFileSync(path.join(directory, 'text'), 'hello');
  writeFileSync(path.join(directory, 'later.jsonl'), text.replace('"recording":1', '"recording":2'));
  symlinkSync('loop', path.join(directory, 'loop'));
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path.join(directory, 'fifo')]);
  symlinkSync(path.join(directory, 'recording.jsonl'), path.join(directory, 'link'));
});

test.each([
  'report.tar.gz',
  'report.tar',
  'unpacked',
  'unpacked/incident',
  'recording.jsonl',
  'recording.jsonl.gz',
  'link',
])('%s is a recording', (name) => {
  const recording = readRecording(path.join(directory, name));
  expect(recording.ok && recording.value.momentAt(0)?.snapshot.node).toEqual(buildSnapshot().node);
});

test.each([
  ['nothing', 'replay.unreadable', 'there is no such file'],
  ['recording.jsonl/below', 'replay.unreadable', 'there is no such file'],
  ['empty', 'replay.no-recording', 'has no recording'],
  ['old.tar.gz', 'replay.no-recording', 'has no recording'],
  ['cut.tar.gz', 'replay.unreadable', 'cannot be uncompressed'],
  ['bomb.gz', 'replay.unreadable', 'uncompressed, it has more than 128 MiB'],
  ['loop', 'replay.unreadable', 'ELOOP'],
  ['text', 'replay.empty', 'its only line is not a snapshot'],
  ['later.jsonl', 'replay.other-version', 'lines of version 2'],
  ['fifo', 'replay.unreadable', 'it is not a regular file'],
])('%s is refused: %s', (name, code, reason) => {
  expect(readRecording(path.join(directory, name))).toMatchObject({
    ok: false,
    error: {code, message: expect.stringContaining(reason)},
  });
});

test.each(['nothing', 'empty', 'old.tar.gz', 'bomb.gz', 'text', 'later.jsonl'])(
  'the reason for refusing %s names the file',
  (name) => {
    const file = path.join(directory, name);
    const refused = readRecording(file);
    expect(refused.ok ? '' : refused.error.message).toMatch(`"${file}" `);
  },
);

test('an empty name is no directory', () => {
  expect(readRecording('')).toMatchObject({ok: false, error: {message: '"" cannot be read: there is no such file.'}});
});
