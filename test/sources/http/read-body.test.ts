import {expect, test} from 'vitest';
import {readBody} from '../../../src/sources/http/read-body.ts';
import {httpAnswer} from '../../support/http-answer.ts';

/** A body that arrives in these pieces; `cancelled` tells whether the rest was refused. */
function bodyOf(chunks: readonly Uint8Array[], ending: 'whole' | 'endless' = 'whole') {
  let isCancelled = false;
  let next = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[ending === 'endless' ? next % chunks.length : next];
      next += 1;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel() {
      isCancelled = true;
    },
  });
  return {response: httpAnswer(new Response(stream)), isCancelled: () => isCancelled};
}

test('the pieces are one text, also where a character is cut', async () => {
  const bytes = new TextEncoder().encode('é漢');
  const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
  expect(await readBody(bodyOf(chunks).response, 5)).toBe('é漢');
});

test('a character that is cut at the end is a replacement character', async () => {
  expect(await readBody(bodyOf([Uint8Array.of(0x61, 0xc3)]).response, 10)).toBe('a\ufffd');
});

test('a response without a body is empty', async () => {
  expect(await readBody(httpAnswer(new Response(null, {status: 204})), 10)).toBe('');
});

test('one byte too many is refused, and an endless body is not read on', async () => {
  expect(await readBody(bodyOf([new Uint8Array(10)]).response, 10)).toHaveLength(10);
  expect(await readBody(bodyOf([new Uint8Array(10), new Uint8Array(1)]).response, 10)).toBeNull();
  const endless = bodyOf([new Uint8Array(1_000)], 'endless');
  expect(await readBody(endless.response, 10_000)).toBeNull();
  expect(endless.isCancelled()).toBe(true);
});
