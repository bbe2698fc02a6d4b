export const SITE_TITLE = 'Star Notes';
export const SITE_DESCRIPTION = 'It\'s dark';
