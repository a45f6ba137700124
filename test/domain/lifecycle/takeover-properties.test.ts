import fc from 'fast-check';
import {expect, test} from 'vitest';
import {isReached} from '../../../src/domain/lifecycle/intention/intention-end.ts';
import {findNewestIntention, findOpenIntention} from '../../../src/supervisor/state-dir/find-intention.ts';
import {findAdoptableRun} from '../../../src/supervisor/state-dir/journal.ts';
import {settingsOf, type TimelessEvent} from './lifecycle-samples.ts';
import {type Asked, Node} from './takeover-node.ts';

type Move =
  | {readonly type: 'command'; readonly event: TimelessEvent; readonly asked: Asked}
  | {readonly type: 'advance'; readonly choice: number}
  | {readonly type: 'crash'}
  | {readonly type: 'kill'}
  | {readonly type: 'kill-after'; readonly steps: number}
  | {readonly type: 'permit'; readonly isPermitted: boolean}
  | {readonly type: 'restrict'; readonly maxRestarts: number}
  | {readonly type: 'automatic'; readonly isAutomatic: boolean}
  | {readonly type: 'unwatched'; readonly forMs: number};

const settings = fc.constantFrom(settingsOf(131_072), settingsOf(262_144));
const drainMs = fc.constantFrom(0, 60_000);
const commands: fc.Arbitrary<Move> = fc.oneof(
  settings.map(
    (goal): Move => ({
      type: 'command',
      event: {type: 'start-requested', settings: goal, force: false},
      asked: {goal},
    }),
  ),
  drainMs.map((ms): Move => ({type: 'command', event: {type: 'stop-requested', drainMs: ms}, asked: {goal: null}})),
  fc.tuple(settings, drainMs, fc.boolean()).map(
    ([goal, ms, rollback]): Move => ({
      type: 'command',
      event: {type: 'restart-requested', settings: goal, drainMs: ms, force: false, rollback},
      asked: {goal},
    }),
  ),
);
const ordinary: readonly fc.WeightedArbitrary<Move>[] = [
  {weight: 3, arbitrary: commands},
  {weight: 6, arbitrary: fc.nat().map((choice): Move => ({type: 'advance', choice}))},
];
const kills: readonly fc.WeightedArbitrary<Move>[] = [
  {weight: 1, arbitrary: fc.constant<Move>({type: 'kill'})},
  {weight: 2, arbitrary: fc.nat(8).map((steps): Move => ({type: 'kill-after', steps}))},
];
const faults: readonly fc.WeightedArbitrary<Move>[] = [
  ...kills,
  {weight: 1, arbitrary: fc.constant<Move>({type: 'crash'})},
  {weight: 1, arbitrary: fc.boolean().map((isPermitted): Move => ({type: 'permit', isPermitted}))},
];

function play(node: Node, moves: readonly Move[]): void {
  for (const move of moves) {
    if (move.type === 'command') node.send(move.event, move.asked);
    else if (move.type === 'advance') node.advance(move.choice);
    else if (move.type === 'crash') node.crash();
    else if (move.type === 'kill') node.kill();
    else if (move.type === 'permit') node.isPermitted = move.isPermitted;
    else if (move.type === 'kill-after') node.budget = move.steps;
    else if (move.type === 'unwatched') node.leaveUnwatched(move.forMs);
    else node.configure(move.type === 'restrict' ? {maxRestarts: move.maxRestarts} : {isAutomatic: move.isAutomatic});
  }
}

/** What these moves have led to, once nothing happens any more: with at most one engine, which its supervisor knows. */
function settledNode(moves: readonly Move[]): Node {
  const node = new Node();
  play(node, moves);
  node.budget = Number.POSITIVE_INFINITY;
  node.settle();
  expectNoneLost(node);
  return node;
}

/** Never two engines, and none that the supervisor does not know. */
function expectNoneLost(node: Node): void {
  expect(node.mostAlive).toBeLessThanOrEqual(1);
  for (const runId of node.alive.keys()) expect(node.state.run?.runId).toBe(runId);
}

test('kills alone lose no command: the engine ends as it was last asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...ordinary, ...kills), {maxLength: 60, size: 'max'}), (moves) => {
      const node = settledNode(moves);
      if (node.asked === null) return;
      const isGivenUp = node.state.givenUp?.reason.kind === 'supervisors-ended';
      expect(isGivenUp || isReached(node.asked.goal, node.state), node.state.state).toBe(true);
      expect(findOpenIntention(node.journal)).toBeNull();
    }),
    {numRuns: 2_500},
  );
});

test('whatever else fails: what was asked for is reached, or a finding says why it is not', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...ordinary, ...faults), {maxLength: 60, size: 'max'}), (moves) => {
      const node = settledNode(moves);
      if (node.asked === null) return;
      const {diagnosis, givenUp, rolledBack} = node.state;
      // What has failed was told by the supervisor that saw it.
      const hasFailed = findNewestIntention(node.journal)?.outcome?.kind === 'failed';
      const isTold = diagnosis !== null || givenUp !== null || rolledBack !== null || hasFailed;
      expect(isTold || isReached(node.asked.goal, node.state), node.state.state).toBe(true);
      expect(findOpenIntention(node.journal)).toBeNull();
    }),
    {numRuns: 2_500},
  );
});

test('that new settings failed, and the last good ones serve again, is known to the next supervisor until a command ends it', () => {
  const node = new Node();
  const [good, bad] = [settingsOf(262_144), settingsOf(131_072)];
  node.send({type: 'start-requested', settings: good, force: false}, {goal: good});
  node.settle();
  node.isPermitted = false;
  node.send({type: 'restart-requested', settings: bad, drainMs: 0, force: false, rollback: true}, {goal: bad});
  while (node.state.state !== 'preflight') node.advance(0);
  node.isPermitted = true;
  node.settle();
  node.kill();
  expect(node.state).toMatchObject({state: 'ready', settings: good, rolledBack: {settings: bad}});
  node.send({type: 'restart-requested', settings: good, drainMs: 0, force: false, rollback: false}, {goal: good});
  expect(node.state.rolledBack).toBeNull();
});

/** What an operator may do to the configuration, and how long nobody looks at the node. */
const neglects: readonly fc.WeightedArbitrary<Move>[] = [
  {weight: 1, arbitrary: fc.constantFrom(0, 100).map((maxRestarts): Move => ({type: 'restrict', maxRestarts}))},
  {weight: 1, arbitrary: fc.boolean().map((isAutomatic): Move => ({type: 'automatic', isAutomatic}))},
  {weight: 1, arbitrary: fc.constantFrom(60_000, 86_400_000).map((forMs): Move => ({type: 'unwatched', forMs}))},
];

test('after a change of the policy or a day without a supervisor: nothing is lost, and nothing forbidden or late is done', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(...ordinary, ...faults, ...neglects), {maxLength: 60, size: 'max'}), (moves) => {
      const node = settledNode(moves);
      expect(node.wrongs).toEqual([]);
      expect(findOpenIntention(node.journal)).toBeNull();
    }),
    {numRuns: 2_500},
  );
});

test('a reboot starts nothing that an operator has asked for and that never ran, and says so', () => {
  let unstarted = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(...ordinary), {maxLength: 20, size: 'max'}), (moves) => {
      const node = new Node();
      play(node, moves);
      const open = findOpenIntention(node.journal);
      const ofRun = findAdoptableRun(node.journal)?.intentionId;
      node.reboot();
      node.settle();
      expectNoneLost(node);
      const newest = findNewestIntention(node.journal);
      if (open === null || open.intention.cause !== 'operator' || open.intention.start === null) return;
      if (ofRun === open.intention.id) return;
      unstarted += 1;
      expect(node.alive.size).toBe(0);
      expect(node.state.givenUp?.reason).toEqual({kind: 'rebooted'});
      expect(newest).toMatchObject({intention: {id: open.intention.id}, outcome: {kind: 'given-up'}});
      // The next supervisor says so too; a command ends it.
      node.kill();
      expect(node.state.givenUp?.reason).toEqual({kind: 'rebooted'});
      node.send({type: 'stop-requested', drainMs: 0});
      expect(node.state.givenUp).toBeNull();
    }),
    {numRuns: 1_000},
  );
  expect(unstarted).toBeGreaterThan(0);
});
