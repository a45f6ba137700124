import type {Random} from './random.ts';

const integers: readonly bigint[] = [0n, 1n, 7n, 255n, 65_536n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 64n - 1n];
const fragments: readonly string[] = [
  ...(['-1', '1e308', '9007199254740993', 'null', '[]', '{}', '"x"', '[[[[', '\\u0000', '"', ',', '}', 'NaN'] as const),
  ...[
    '1',
    '2',
    '128',
    '"re:.*.*.*.*x"',
    '"re:(a+)+$"',
    '"re:.*.*.*.*.*.*"',
    '"*a*b*c*d*e*f*"',
    '0.5',
    'true',
    '"__proto__"',
  ],
];

/** Model files with a few bytes, numbers or values of JSON replaced. */
export function mutateBytes(random: Random, original: Buffer, isJson = false): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    bytes =
      isJson && random.below(4) > 0
        ? replaceValue(random, bytes, random.below(bytes.length + 1))
        : mutateOnce(random, bytes);
  }
  return bytes;
}

function mutateOnce(random: Random, bytes: Buffer): Buffer {
  // Most of what matters is at the start.
  const at = random.below(random.below(3) === 0 ? bytes.length + 1 : Math.min(bytes.length + 1, 400));
  switch (random.below(7)) {
    case 0:
      if (at < bytes.length) bytes[at] = random.below(256);
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      if (at + 8 <= bytes.length) bytes.writeBigUInt64LE(random.pick(integers), at);
      return bytes;
    case 3:
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(Number(random.pick(integers) & 0xffffffffn), at);
      return bytes;
    case 4:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(fragments)), bytes.subarray(at)]);
    case 5: {
      const part = bytes.subarray(at, at + random.below(200));
      return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]);
    }
    default:
      return replaceValue(random, bytes, at);
  }
}

/** Replaces the following number or string of JSON by a fragment. */
function replaceValue(random: Random, bytes: Buffer, at: number): Buffer {
  const text = bytes.toString('latin1');
  const found = /[:,[]\s*(?:"[^"]*"|[\d.-]+|true|false|null)/.exec(text.slice(at));
  if (found === null) return bytes;
  const start = at + found.index;
  return Buffer.from(
    `${text.slice(0, start + 1)}${random.pick(fragments)}${text.slice(start + found[0].length)}`,
    'latin1',
  );
}
