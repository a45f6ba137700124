import {commandSchema} from '../../../src/api/commands.ts';
import {previewRequestSchema} from '../../../src/api/preview.ts';
import {snapshotSchema} from '../../../src/api/snapshot.ts';
import {createEventParser} from '../../../src/client/event-parser.ts';
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

const snapshot = JSON.stringify(buildSnapshot());

/** What a console receives: server-sent events, in parts, with snapshots in them. */
export const eventStreams: FuzzKind = {
  name: 'event streams',
  run: (random) => {
    const text = mutateText(random, `: hello\nevent: snapshot\ndata: ${snapshot}\n\ndata: x\ndata: y\n\n`);
    const bytes = Buffer.from(`${text}\n\n`);
    const cut = random.below(bytes.length);
    const parser = createEventParser();
    const events = [...parser.push(bytes.subarray(0, cut)), ...parser.push(bytes.subarray(cut))];
    const isRead = events.some(({data}) => snapshotSchema.safeParse(jsonOf(data)).success);
    return isRead ? 'read' : 'refused';
  },
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
