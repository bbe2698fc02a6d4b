import { defineConfig } from 'astro/config';
export default defineConfig({ site: 'https://stars.example.com', base: '/s' });
