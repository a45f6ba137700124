import {canvasLines, createCanvas} from '../canvas/canvas.ts';
import {type ConsolePicture, drawConsole} from '../draw-console.ts';
import {topScreen} from '../shell/console-state.ts';
import type {Paper} from '../theme/paper.ts';
import {svgPicture} from './svg-picture.ts';

/** How a screen is saved. */
export type SavedForm = 'text' | 'svg';

/** A screen to save. */
export type SavedScreen = {
  /** `overview`: for the name of the file. */
  readonly name: string;
  readonly extension: 'txt' | 'svg';
  readonly content: string;
};

/** Why a screen was not saved, and what to do. */
export type SaveProblem = {readonly message: string; readonly remedy: string};

/** What is on the screen, as a file. */
export function savedScreen(picture: ConsolePicture, form: SavedForm, paper: Paper): SavedScreen {
  const canvas = createCanvas(picture.context.terminal);
  drawConsole(canvas, picture);
  const {name} = topScreen(picture.state).screen;
  if (form === 'svg')
    return {name: name.toLowerCase(), extension: 'svg', content: svgPicture(canvas, {title: `gantry: ${name}`, paper})};
  const lines = canvasLines(canvas).map((line) => line.trimEnd());
  return {name: name.toLowerCase(), extension: 'txt', content: `${lines.join('\n')}\n`};
}
