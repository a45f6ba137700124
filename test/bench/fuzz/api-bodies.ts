import {commandSchema} from '../../../src/api/commands.ts';
import {previewRequestSchema} from '../../../src/api/preview.ts';
import {patchBetween} from '../../../src/api/recording/document-patch.ts';
import {snapshotSchema} from '../../../src/api/snapshot.ts';
import {createEventParser} from '../../../src/client/event-parser.ts';
import {createSnapshotReader} from '../../../src/client/request/read-snapshots.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import type {FuzzKind} from './fuzz-kind.ts';
import {mutateText} from './mutate-text.ts';

const bodies = [
  '{"type": "restart", "change": {"contextLengthTokens": 65536}, "drainMs": 60000, "rollback": true}',
  '{"type": "start", "force": false, "change": {"model": "moonshotai/Kimi-K2.7-Code", "extraArguments": ["--seed", "0"]}}',
  '{"command": {"type": "restart", "change": {"memoryFraction": 0.9}}}',
  '{"type": "stop", "drainMs": 0}',
];

/** Bodies of requests to the supervisor. */
export const apiBodies: FuzzKind = {
  name: 'API bodies',
  run: (random) => {
    const value = jsonOf(mutateText(random, random.pick(bodies)));
    if (value === undefined) return 'not JSON';
    const isTaken = commandSchema.safeParse(value).success || previewRequestSchema.safeParse(value).success;
    return isTaken ? 'read' : 'refused';
  },
};

const snapshot = buildSnapshot();
const whole = `: hello\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
const changes = `event: changes\ndata: ${JSON.stringify({
  from: snapshot.sequence,
  patch: patchBetween(
    snapshot,
    buildSnapshot({sequence: snapshot.sequence + 1, takenAtMs: snapshot.takenAtMs + 1_000}),
  ),
})}\n\n`;

/** What a console receives: server-sent events, in parts, with a snapshot and its changes; either or the changes alone are broken. */
export const eventStreams: FuzzKind = {
  name: 'event streams',
  run: async (random) => {
    const text = random.below(2) === 0 ? mutateText(random, whole + changes) : whole + mutateText(random, changes);
    const bytes = Buffer.from(`${text}\n\n`);
    const cut = random.below(bytes.length);
    const parser = createEventParser();
    const read = createSnapshotReader(async () => snapshotSchema);
    let count = 0;
    for (const event of [...parser.push(bytes.subarray(0, cut)), ...parser.push(bytes.subarray(cut))]) {
      const document = await read(event, {});
      if (document?.ok === true) count += 1;
    }
    return `${count} read`;
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
