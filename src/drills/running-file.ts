/** End of the name of a file that says what a drill under way has to take back: it is no evidence. */
export const runningSuffix = '.running.json';
