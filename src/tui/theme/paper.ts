/** The colors of what has none of its own, for pictures: a terminal has its own. */
export type Paper = {readonly text: string; readonly background: string};

export const darkPaper: Paper = {text: '#d4d4d4', background: '#1b1d1e'};
export const lightPaper: Paper = {text: '#24292f', background: '#ffffff'};
