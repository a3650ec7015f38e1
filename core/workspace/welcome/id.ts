import type { Words } from './en.ts';

export const id: Words = {
  connection: 'Simulator',
  number: 'Telepon uji',
  agent: 'Selamat datang',
  greetings: ['halo', 'hai', 'selamat pagi', 'menu', 'mulai'],
  hello: 'Halo dari {workspace}. Saya menjawab dengan aturan yang dapat Anda ubah di Agen. Apa yang ingin Anda coba?',
  abilities: { title: 'Bisa apa saja?', say: 'Saya menjawab kata kunci, menampilkan menu dan daftar, mengingat yang sudah dikatakan, dan menyerahkan percakapan kepada petugas bila diminta.' },
  list: {
    title: 'Lihat daftar',
    say: 'Daftar memuat hingga sepuluh pilihan. Pilih salah satu.',
    button: 'Pilih',
    rows: [
      { id: 'hours', title: 'Jam buka', description: 'Jawaban atas pertanyaan', say: 'Kami buka pukul 9 sampai 17, Senin sampai Jumat.' },
      { id: 'order', title: 'Pesanan saya', description: 'Jawaban lain', say: 'Pesanan Anda sedang dikirim.' },
      { id: 'address', title: 'Alamat', description: 'Satu lagi', say: 'Kami ada di Jalan Utama 1.' },
    ],
  },
  person: { title: 'Bicara dgn petugas', say: 'Sekarang petugas yang melanjutkan. Jawab di kotak masuk: saya diam sampai AI diaktifkan lagi.', reason: 'Meminta petugas lewat menu.' },
  back: 'Kembali ke menu',
  thanks: ['terima kasih', 'makasih'],
  welcome: 'Sama-sama.',
  missed: 'Saya tidak punya aturan untuk “{{text}}”. Tulis menu untuk melihat yang bisa saya lakukan.',
  personWords: ['petugas', 'manusia', 'operator'],
};
