import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Akun Twilio: yang berbayar untuk pengirim WhatsApp sendiri, atau yang mana pun untuk sandbox, yang dipakai untuk mencoba.',
    'Alamat https publik instalasi ini (PUBLIC_URL). Nama host-nya tidak boleh memuat garis bawah: Twilio menolaknya.',
  ],
  steps: [
    {
      title: 'Salin kredensial',
      does: [
        'Masuk ke https://console.twilio.com dan pilih akun, atau subakun, pemilik pengirim WhatsApp.',
        'Di halaman awal, pada Account Info, salin Account SID dan auth token di balik Show. Kredensial uji tidak berlaku untuk WhatsApp.',
      ],
      fields: {
        accountSid: 'Halaman awal konsol › Account Info. AC dan 32 angka atau huruf a sampai f.',
        authToken: 'Di sebelahnya, di balik Show. Yang primer: Twilio menandatangani webhook dengannya, jadi kunci API tidak menggantikannya.',
      },
    },
    {
      title: 'Siapkan pengirim WhatsApp',
      does: [
        'Messaging › Senders › WhatsApp senders › Create new sender, lalu ikuti langkahnya bersama Meta.',
        'Untuk mencoba, Messaging › Try it out › Send a WhatsApp message membuka sandbox. Setiap orang lebih dulu mengirim kode bergabung, dan mengulanginya tiap tiga hari.',
      ],
      fields: { senders: 'Messaging › Senders › WhatsApp senders, ditulis seperti whatsapp:+14155550100. Menghubungkan nomor menambahkannya di sini dengan sendirinya.' },
    },
    {
      title: 'Hubungkan nomor di sini',
      does: [
        'WhatsApp › Hubungkan Nomor Baru › Twilio. Tempel Account SID dan auth token.',
        'Tampilkan daftar nomor dan pilih pengirimnya, atau ketik. Beri nama dan agen, lalu hubungkan.',
      ],
    },
    {
      title: 'Arahkan pesan ke sini',
      does: [
        'Di tab Diagnosis koneksi, tekan Berlangganan: pengirim, atau Messaging Service tempatnya berada, lalu mengirim ke sini apa yang ditulis kontak.',
        'Secara manual: tempel URL callback dari tab Serah terima di pengirim, sebagai URL webhook untuk pesan masuk, metode POST, diikuti #rc=5&rp=all. Tanpa itu Twilio hanya mencoba sekali.',
        'Sandbox selalu diatur manual: Messaging › Try it out › Send a WhatsApp message › Sandbox settings, “When a message comes in”.',
        'Status tidak memerlukan apa pun: setiap pesan membawa alamatnya sendiri.',
      ],
    },
    {
      title: 'Bila diperlukan',
      does: ['Semuanya ada di bawah Lanjutan. Kebanyakan akun membiarkannya.'],
      fields: {
        messagingServiceSid: 'Messaging › Services › layanannya. MG dan 32 angka atau huruf. Hanya jika pengirim berada dalam sebuah layanan.',
        keySid: 'Account › API keys & tokens › Create API key. SK dan 32 angka atau huruf.',
        keySecret: 'Tampil sekali, saat kunci dibuat.',
        previousAuthToken: 'Token primer lama, selama token sekunder dipromosikan di Account › API keys & tokens. Kosongkan sesudahnya.',
        messagesPerSecond: 'Yang boleh dikirim akun Anda dari satu pengirim: Messaging › Senders › pengirimnya, atau tanya Twilio. Biasanya 80.',
        connectionOverrides: 'Tidak ada di konsol. Isinya berapa kali Twilio mengulang webhook; rc=5&rp=all berarti lima kali, apa pun kegagalannya.',
        apiBaseUrl: 'Biarkan kosong. Ini untuk emulator atau proxy.',
      },
    },
  ],
  handOff: [
    'Masuk ke https://console.twilio.com dan pilih akun yang Account SID-nya tertera di halaman ini.',
    'Messaging › Senders › WhatsApp senders › pengirimnya: isi URL webhook untuk pesan masuk dengan URL callback, metode POST, diikuti #rc=5&rp=all.',
    'Jika pengirim berada dalam Messaging Service: Messaging › Services › layanannya › Integration › Send a webhook, dengan URL yang sama.',
    'Biarkan URL status apa adanya: setiap pesan membawa alamatnya sendiri.',
    'Kirim pesan ke nomor itu dari telepon. Pihak yang memberi Anda halaman ini langsung melihatnya.',
  ],
};
