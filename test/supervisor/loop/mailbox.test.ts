import {describe, expect, test} from 'vitest';
import {createMailbox, type Mailbox} from '../../../src/supervisor/loop/mailbox.ts';

type Event = 'add' | 'add-twice' | 'refuse';

function counter(perform: (effect: string, mailbox: () => Mailbox<number, Event, string>) => void = () => undefined) {
  const changes: number[] = [];
  const mailbox: Mailbox<number, Event, string> = createMailbox<number, Event, string, string>({
    initial: 0,
    transition(state, event) {
      if (event === 'refuse') return {state, effects: [], refusal: 'no'};
      return {state: state + 1, effects: event === 'add-twice' ? ['again'] : [], message: `was ${state}`};
    },
    perform: (effect) => perform(effect, () => mailbox),
    onChange: (state) => changes.push(state),
  });
  return {mailbox, changes};
}

describe('the mailbox', () => {
  test('answers the poster with the result of its own event', () => {
    const {mailbox} = counter();
    expect(mailbox.post('add')).toEqual({message: 'was 0', refusal: null});
    expect(mailbox.post('refuse')).toEqual({message: null, refusal: 'no'});
    expect(mailbox.getState()).toBe(1);
  });

  test('handles what an effect posts only after the transition is complete', () => {
    const seen: number[] = [];
    const {mailbox, changes} = counter((_, own) => {
      own().post('add');
      // Still the state of the transition that asked for the effect.
      seen.push(own().getState());
    });
    mailbox.post('add-twice');
    expect(seen).toEqual([1]);
    expect(changes).toEqual([1, 2]);
    expect(mailbox.getState()).toBe(2);
  });

  test('reports nothing for an event that changed nothing', () => {
    const {mailbox, changes} = counter();
    mailbox.post('refuse');
    expect(changes).toEqual([]);
  });

  test('continues after an effect that threw', () => {
    const {mailbox} = counter(() => {
      throw new Error('bug');
    });
    expect(() => mailbox.post('add-twice')).toThrow('bug');
    expect(mailbox.post('add').message).toBe('was 1');
  });
});
