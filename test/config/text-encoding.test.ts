import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {readConfigurationText} from '../../src/config/configuration-file.ts';
import {foreignEncoding} from '../../src/config/text-encoding.ts';
import {makeTemporaryDirectory} from '../harness/temporary-directory.ts';

const TEXT = 'cost: {nodeUsdPerHour: 3}\n';
const MARK = '\uFEFF';
const little = (text: string): Buffer => Buffer.from(text, 'utf16le');
const big = (text: string): Buffer => little(text).swap16();

test.each([
  ['UTF-16', little(MARK + TEXT)],
  ['UTF-16', big(MARK + TEXT)],
  ['UTF-16', little(MARK)],
  ['UTF-16LE', little(TEXT)],
  ['UTF-16BE', big(TEXT)],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x63, 0, 0, 0])],
  ['UTF-32', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x63])],
  [null, Buffer.from(TEXT)],
  [null, Buffer.from(MARK + TEXT)],
  [null, Buffer.from('')],
  [null, Buffer.from('a')],
  [null, Buffer.from('# é, 价格\n')],
  [null, Buffer.from('\u0000\u0001\u0002')],
])('%s is recognized by its first bytes: %#', (encoding, bytes) => {
  expect(foreignEncoding(bytes)).toBe(encoding);
});

test('a file in another encoding is refused with its name and what to do', async () => {
  const {directory, remove} = makeTemporaryDirectory('encoding');
  onTestFinished(remove);
  const file = path.join(directory, 'prices.yaml');
  writeFileSync(file, little(MARK + TEXT));
  expect(await readConfigurationText(file)).toMatchObject({
    ok: false,
    error: {
      code: 'configuration.file-unreadable',
      message: `${file} is encoded in UTF-16, but UTF-8 was expected.`,
      remedy: expect.stringContaining('iconv -f UTF-16 -t UTF-8'),
    },
  });
});
