import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {createEventParser, type ServerSentEvent} from '../../src/client/event-parser.ts';

const events = fc.array(fc.record({name: fc.constantFrom('snapshot', 'lines'), value: fc.json()}));

test('events are complete and in order however the bytes are split, without comments and \\r\\n', () => {
  fc.assert(
    fc.property(events, fc.array(fc.nat(2_000)), fc.constantFrom('\n', '\r\n'), (sent, cuts, end) => {
      const text = sent
        .map(
          ({name, value}) => `: keep-alive${end}${end}event: ${name}${end}data: ${JSON.stringify(value)}${end}${end}`,
        )
        .join('');
      const bytes = new TextEncoder().encode(text);
      const parser = createEventParser();
      const got: ServerSentEvent[] = [];
      let from = 0;
      for (const cut of [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length]) {
        got.push(...parser.push(bytes.subarray(from, cut)));
        from = cut;
      }
      expect(got).toEqual(sent.map(({name, value}) => ({name, data: JSON.stringify(value)})));
    }),
  );
});

test('an unfinished event is no event', () => {
  expect(createEventParser().push(new TextEncoder().encode('event: snapshot\ndata: {}\n'))).toEqual([]);
});
