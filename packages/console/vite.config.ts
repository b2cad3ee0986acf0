import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { wireLiterals } from './build/wire-literals.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Two pages: the console, and the sign-in page that works without React. */
export default defineConfig({
  root,
  plugins: [wireLiterals(), react(), tailwindcss()],
  build: {
    target: 'es2024',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: `${root}index.html`, 'sign-in': `${root}sign-in.html` },
    },
  },
});
