// Where each browser keeps its history, and how to get at it: by browser and system, a step a line.

const COPY = {
  windows:
    'Copy the file to another folder, for instance the desktop: Windows lets you copy what a running browser holds; if it refuses, close the browser first.',
  mac: 'Copy the file to another folder: hold the Option key while you drag it.',
  linux: 'Copy the file to another folder with your file manager, or with cp in a terminal.',
};

const chromium = (windows, mac, linux) => ({
  windows: [
    `Press Windows + R, type %LOCALAPPDATA%\\${windows}\\User Data\\Default and press Enter. More profiles are in “Profile 1”, “Profile 2”, …`,
    `Find the file History, which has no ending. ${COPY.windows}`,
    'Choose the copy here; if a file History-journal lies beside it, choose both.',
  ],
  mac: [
    `In the Finder press Shift + Command + G and go to ~/Library/Application Support/${mac}/Default. More profiles are in “Profile 1”, “Profile 2”, …`,
    `Find the file History. ${COPY.mac}`,
    'Choose the copy here; if a file History-journal lies beside it, choose both.',
  ],
  linux: [
    `Open ~/.config/${linux}/Default (press Ctrl + H to see hidden folders). More profiles are in “Profile 1”, “Profile 2”, …`,
    `Find the file History. ${COPY.linux}`,
    'Choose the copy here; if a file History-journal lies beside it, choose both.',
  ],
});

const firefox = {
  windows: [
    'In Firefox open about:support and, beside “Profile Folder”, press “Open Folder”.',
    `Find places.sqlite and places.sqlite-wal. ${COPY.windows}`,
    'Choose both copies together: the second holds what you visited last.',
  ],
  mac: [
    'In Firefox open about:support and, beside “Profile Folder”, press “Show in Finder”.',
    `Find places.sqlite and places.sqlite-wal. ${COPY.mac}`,
    'Choose both copies together: the second holds what you visited last.',
  ],
  linux: [
    'In Firefox open about:support and, beside “Profile Directory”, press “Open Directory”.',
    `Find places.sqlite and places.sqlite-wal. ${COPY.linux}`,
    'Choose both copies together: the second holds what you visited last.',
  ],
};

const safari = {
  mac: [
    'In Safari 18.2 or newer, choose File, then “Export Browsing Data to File…”, and tick only History and, if you like, Bookmarks.',
    'Choose the zip archive here. Passwords and cards are never read, should they be in it.',
    'With an older Safari: quit it, press Shift + Command + G in the Finder, go to ~/Library/Safari, and copy History.db and History.db-wal. If the Finder refuses, use the export, or copy from a Time Machine backup.',
  ],
  ios: [
    'Open Settings, Apps, Safari, and under “History and Website Data” tap Export. Tick History.',
    'Save the archive to Files, or send it to this computer by AirDrop, and choose it here.',
  ],
};

const takeout = [
  'Open takeout.google.com, press “Deselect all”, then tick only Chrome, and under “All Chrome data included” only History.',
  'Choose “Export once” and .zip. Google writes to you when it is ready; large archives come in parts.',
  'Choose the zip archive here as it is. It goes back as far as Google’s “My Activity” keeps Chrome’s history of an account that syncs.',
];

/** Browsers, and of each the systems and their steps. */
export const GUIDES = [
  { id: 'chrome', name: 'Chrome', systems: chromium('Google\\Chrome', 'Google/Chrome', 'google-chrome') },
  { id: 'edge', name: 'Edge', systems: chromium('Microsoft\\Edge', 'Microsoft Edge', 'microsoft-edge') },
  {
    id: 'brave',
    name: 'Brave',
    systems: chromium('BraveSoftware\\Brave-Browser', 'BraveSoftware/Brave-Browser', 'BraveSoftware/Brave-Browser'),
  },
  { id: 'vivaldi', name: 'Vivaldi', systems: chromium('Vivaldi', 'Vivaldi', 'vivaldi') },
  { id: 'chromium', name: 'Chromium', systems: chromium('Chromium', 'Chromium', 'chromium') },
  { id: 'firefox', name: 'Firefox', systems: firefox },
  { id: 'safari', name: 'Safari', systems: safari },
  { id: 'takeout', name: 'Google account (Takeout)', systems: { any: takeout } },
];

export const SYSTEMS = { windows: 'Windows', mac: 'macOS', linux: 'Linux', ios: 'iPhone and iPad', any: 'Any' };

/** The visitor's own browser and system, as far as it says them. */
export function likely(agent = navigator.userAgent) {
  const system = /iPhone|iPad/.test(agent) ? 'ios' : /Mac/.test(agent) ? 'mac' : /Windows/.test(agent) ? 'windows' : 'linux';
  const browser = /Edg\//.test(agent) ? 'edge' : /Firefox\//.test(agent) ? 'firefox' : /Chrome\//.test(agent) ? 'chrome' : 'safari';
  return { system, browser };
}
