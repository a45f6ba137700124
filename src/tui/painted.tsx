import {Box, Transform, useIsScreenReaderEnabled} from 'ink';
import {memo} from 'react';
import type {Rect} from '../layout/solve-layout.ts';

export type PaintedProps = {
  /** Lines joined by line feeds, each exactly as wide as the rectangle. Text, so that equal content is one value. */
  readonly text: string;
  readonly rect: Rect;
};

/**
 * Composed lines at a fixed position. One transform paints them all: several times cheaper than a tree of boxes and
 * texts, and with fixed sizes the layout engine has nothing to compute.
 */
export const Painted = memo(function Painted({text, rect}: PaintedProps) {
  const isScreenReaderEnabled = useIsScreenReaderEnabled();
  const lines = text.split('\n');
  const placeholder = lines.map(() => ' ').join('\n');
  return (
    <Box position="absolute" left={rect.column} top={rect.row} width={rect.columns} height={rect.rows} flexShrink={0}>
      <Transform
        transform={(_, index) => lines[index] ?? ''}
        {...(isScreenReaderEnabled ? {accessibilityLabel: withoutStyles(text)} : {})}
      >
        {placeholder}
      </Transform>
    </Box>
  );
}, isSame);

function isSame(before: PaintedProps, after: PaintedProps): boolean {
  return (
    before.text === after.text &&
    before.rect.column === after.rect.column &&
    before.rect.row === after.rect.row &&
    before.rect.columns === after.rect.columns &&
    before.rect.rows === after.rect.rows
  );
}

function withoutStyles(text: string): string {
  return text.replaceAll(/\u001b\[[\d;]*m/g, '');
}
