import {Text, useInput, usePaste, useStdin} from 'ink';
import {useEffect, useSyncExternalStore} from 'react';
import {STATUS_ANSWER} from './canvas/display.ts';
import {type KeyName, keyNames} from './keys/key-names.ts';
import type {Store} from './state/store.ts';

export type ConsoleProps = {
  /** The screen as text for a screen reader; empty where the canvas draws it. */
  readonly spoken: Store<string>;
  readonly onKey: (key: KeyName) => void;
  readonly onPaste: (text: string) => void;
  /** The terminal answered a status request. */
  readonly onAnswer: () => void;
};

/** The part of the console that Ink has: keys, pasted text, and the text for a screen reader. */
export function Console({spoken, onKey, onPaste, onAnswer}: ConsoleProps) {
  const text = useSyncExternalStore(spoken.subscribe, spoken.get);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  usePaste(onPaste);
  useStatusAnswers(onAnswer);
  return text === '' ? null : <Text>{text}</Text>;
}

/** Ink hands over no answers of the terminal; what it reads is seen here, too. After `useInput`, so that Ink is the reader. */
function useStatusAnswers(onAnswer: () => void): void {
  const {stdin} = useStdin();
  useEffect(() => {
    let end = '';
    const onData = (chunk: Buffer | string): void => {
      const text = end + chunk.toString();
      if (text.includes(STATUS_ANSWER)) onAnswer();
      const rest = text.slice(text.lastIndexOf(STATUS_ANSWER) + 1);
      end = rest.slice(1 - STATUS_ANSWER.length);
    };
    stdin.on('data', onData);
    return () => {
      stdin.off('data', onData);
    };
  }, [stdin, onAnswer]);
}
