// @ts-check
const config = {
  title: 'Dino Notes',
  tagline: "Old but good",
  url: 'https://dino.example.com',
  baseUrl: '/d/',
  i18n: { defaultLocale: 'en', locales: ['en'] },
  presets: [['classic', { blog: { routeBasePath: 'news' } }]],
};
export default config;
