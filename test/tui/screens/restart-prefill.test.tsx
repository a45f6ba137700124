import {afterEach, test} from 'vitest';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';
import {type OpenedConsole, openConsole} from '../../support/open-console.tsx';

let opened: OpenedConsole | null = null;

afterEach(async () => {
  await opened?.close();
  opened = null;
});

test.each([
  [true, '128000'],
  [false, '262144'],
])(
  'R opens with what the next start would use: an edited configuration counts, if pending is %s',
  async (isPending, text) => {
    const place = 'gantry.yaml:4:24';
    const values = [
      {
        key: 'engine.contextLengthTokens',
        value: 262_144,
        origin: {from: 'default'} as const,
        configured: {value: 128_000, origin: {from: 'file', place} as const},
        isPending,
        overridden: null,
        effect: 'restart' as const,
      },
    ];
    opened = await openConsole({data: buildConsoleData({snapshot: buildSnapshot({configuration: {values}})})});
    await opened.press('R').dialog('Restart with a new context length').shows(`[${text}_]`);
  },
);
