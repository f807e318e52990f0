/** Stroke paths on a 24 × 24 grid. */
export const HOUSE = 'M4 11.5 12 4l8 7.5V19a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM12 16.2a2 2 0 1 0 0-4 2 2 0 0 0 0 4z';
export const CLOSE = 'M6 6l12 12M18 6 6 18';
export const SEARCH = 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4';
export const NEAR = 'M9 14a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM15 18a4 4 0 1 0 0-8 4 4 0 0 0 0 8z';
export const THEME = 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16M12 4v16';
export const FILE = 'M13 4H7a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V9zM13 4v5h5M12 17v-5M9.8 14 12 11.8 14.2 14';
export const SPARK = 'M12 4c.6 4.6 2.4 7 8 8-5.6 1-7.4 3.4-8 8-.6-4.6-2.4-7-8-8 5.6-1 7.4-3.4 8-8z';
export const CLOCK = 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4.5l3 1.5';
export const GRID = 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM14 14h5v5h-5z';
export const PULSE = 'M3 13h4l3-7 4 12 3-7h4';
export const CHECK = 'M5 12.5 10 17l9-10';
