import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Organisasi di Mekari Qontak dengan nomor WhatsApp yang sudah terhubung.',
    'Akses ke https://developers.mekari.com: haknya diberikan oleh dukungan Mekari.',
    'Alamat https publik instalasi ini (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Buat aplikasi di Mekari',
      does: [
        'https://developers.mekari.com › Applications › New application.',
        'Scope: Qontak chat. Validasi: HMAC.',
        'Salin client ID dan client secret-nya.',
      ],
      fields: {
        auth: 'Mekari Developer, untuk aplikasi yang dibuat seperti ini. API terbuka lama hanya jika akun Anda masih memiliki tokennya.',
        clientId: 'developers.mekari.com › Applications › aplikasi Anda.',
        clientSecret: 'Di sebelah client ID.',
        apiBaseUrl: 'Mekari: https://api.mekari.com/qontak/chat/v1. Sandbox-nya: https://sandbox-api.mekari.com/qontak/chat/v1. API terbuka lama: https://service-chat.qontak.com/api/open/v1.',
      },
    },
    {
      title: 'Atau salin token bot API terbuka lama',
      does: ['Di pengaturan Qontak, salin token bot. Dengan token pengguna, endpoint tidak dapat didaftarkan.'],
      fields: { accessToken: 'Pengaturan Qontak: token bot. Kosong untuk Mekari Developer.' },
    },
    {
      title: 'Hubungkan nomor di sini',
      does: [
        'WhatsApp › Hubungkan Nomor Baru › Qontak. Tempel kredensialnya.',
        'Tampilkan daftar nomor: Qontak tidak memperlihatkan ID kanalnya di tempat lain. Pilih satu, beri nama dan agen, lalu hubungkan.',
      ],
      fields: {
        channelIntegrationIds: 'Hanya di daftar nomor, di sebelah nomor telepon. Menghubungkan nomor menambahkannya di sini dengan sendirinya.',
        organizationId: 'Tab Diagnosis menyebutnya setelah kredensial benar. Isikan saat itu: webhook organisasi lain ditolak.',
      },
    },
    {
      title: 'Daftarkan endpoint',
      does: [
        'Di tab Diagnosis koneksi, tekan Daftarkan endpoint. Ini boleh diulang kapan saja.',
        'Qontak menyimpan satu alamat untuk semua kanal organisasi. Jika ada alamat lain, Anda ditanya lebih dulu, dan alamat itu dikembalikan saat yang ini dicabut.',
      ],
    },
    {
      title: 'Bila diperlukan',
      does: ['Kebanyakan orang membiarkannya.'],
      fields: {
        quietWhenAssigned: 'Keputusan Anda: bolehkah agen di sini menjawab di room yang sedang dipegang orang di Qontak?',
        sendAs: 'Bot untuk aplikasi atau token bot. Pengguna hanya untuk token pengguna.',
        ownSenderId: 'Hanya untuk “Pengguna”: sender_id pengguna itu, seperti tertulis di webhook pesan yang dikirimnya.',
        requestsPerMinute: 'Yang diberikan Mekari kepada organisasi Anda. Dokumentasinya menyebut 100.',
      },
    },
  ],
  handOff: [
    'Tidak ada yang perlu ditempel bila pihak yang memberi Anda halaman ini memegang kredensialnya: mereka mendaftarkan URL callback sendiri.',
    'Secara manual: PUT /message_interactions pada API Qontak untuk organisasi itu, dengan URL callback sebagai url, dan receive_message_from_customer, receive_message_from_agent, status_message, serta broadcast_log_status bernilai true. Lalu PUT /room_interactions dengan url yang sama dan room_resolved bernilai true.',
    'Qontak menyimpan satu alamat untuk semua kanal organisasi. Tanyakan sebelum mengganti alamat lain.',
    'URL callback itulah rahasianya: Qontak tidak menandatangani apa pun. Jangan teruskan ke orang lain.',
    'Kirim pesan ke nomor itu dari telepon. Pihak yang memberi Anda halaman ini langsung melihatnya.',
  ],
};
