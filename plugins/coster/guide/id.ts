import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Lembar integrasi yang diberikan Coster (Jatis Mobile) kepada Anda. Coster tidak menerbitkan dokumentasi: panduan ini disusun dari kode pelanggannya. Jika lembar itu berkata lain, lembar itulah yang benar.',
    'Seseorang di Coster yang mengatur webhook akun Anda.',
    'Alamat https publik instalasi ini (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Pilih API',
      does: ['m2m mengirim templat dan notifikasi serta melaporkan pengirimannya. bot untuk obrolan dua arah lewat helpdesk Coster. Satu koneksi memakai satu di antaranya; buat koneksi kedua untuk yang lain.'],
      fields: { face: 'Lembar itu menyebut sebuah alamat: m2m.coster.id adalah m2m, api.coster.id/bot adalah bot.' },
    },
    {
      title: 'Salin isi lembar itu',
      does: ['Bandingkan tiap nilai huruf demi huruf; Coster tidak punya panggilan yang memastikan token benar tanpa mengirim sesuatu.'],
      fields: {
        accessToken: 'Token di lembar itu: untuk m2m di belakang “Bearer”, untuk bot sebagai x-access-token.',
        accountCode: 'Untuk m2m: bagian alamatnya antara /v1/ dan /messages, biasanya 32 karakter.',
        accountId: 'Untuk bot: account_id.',
        divisionId: 'Untuk bot: division_id, kelompok orang di helpdesk Coster.',
        channelId: 'Untuk bot: channel_id, biasanya whatsapp-cloud.',
        helpdesk: 'Untuk bot: is_helpdesk. Aktifkan jika orang di divisi itu perlu melihat percakapan.',
        phoneNumbers: 'Nomor WhatsApp Anda seperti disebut di lembar itu: angka dengan kode negara, atau ID nomor telepon dari Meta. Menghubungkan nomor menambahkannya di sini dengan sendirinya.',
      },
    },
    {
      title: 'Sepakati bukti webhook',
      does: [
        'Tidak diketahui bahwa Coster menandatangani. Bukti terkecil adalah URL callback itu sendiri, yang tidak dapat ditebak siapa pun.',
        'Tanyakan apakah Coster dapat mengirim header berisi rahasia. Jika bisa, pilih itu, dan serahkan rahasianya bersama URL callback.',
      ],
      fields: {
        callbackProof: 'Yang menurut orang Coster dapat mereka kirim.',
        webhookSecret: 'Dibuat di sini; bukan dari Coster. Ada di tab Serah terima bila buktinya sebuah header.',
        proofHeader: 'Nama yang Anda sepakati dengan Coster.',
        signatureKey: 'Dari orang Coster, jika mereka meneruskan X-Hub-Signature-256 dari Meta: app secret aplikasi mereka.',
      },
    },
    {
      title: 'Hubungkan nomor di sini, lalu serahkan',
      does: [
        'WhatsApp › Hubungkan Nomor Baru › Coster. Isi nilainya, nama, dan agen, lalu hubungkan.',
        'Di tab Serah terima koneksi, buka halaman untuk dicetak atau dikirim, dan berikan kepada orang Anda di Coster.',
        'Kirim satu pesan ke diri sendiri, dan balas, sebelum Anda mengandalkannya.',
      ],
    },
    {
      title: 'Bila diperlukan',
      does: ['Semuanya ada di bawah Lanjutan. Sebagian pelanggan punya host dan header sendiri.'],
      fields: {
        authStyle: 'Cara contoh di lembar itu mengirim token.',
        authHeader: 'Nama header itu, untuk “Header lain”.',
        m2mUrl: 'Alamat di lembar itu, dengan {account_code} di tempat kode akun.',
        botUrl: 'Alamat di lembar itu tujuan pesan dikirim.',
        mediaUrl: 'Alamat di lembar itu asal berkas, dengan {media_id} di tempat id berkas.',
        messagesPerSecond: 'Yang disepakati Coster dengan Anda. Batasnya tidak dipublikasikan.',
      },
    },
  ],
  handOff: [
    'Atur webhook akun dan nomor yang tertera di halaman ini ke URL callback: pesan kontak dan laporan pengiriman (terkirim, sampai, dibaca, gagal).',
    'Masing-masing berupa POST dengan JSON. GET tanpa parameter dijawab 200, untuk melihat apakah ada yang mendengarkan.',
    'Jika halaman ini memuat rahasia webhook, kirimkan bersama setiap webhook, di header yang disebut di sini, langsung atau di belakang “Bearer”.',
    'URL callback juga rahasia. Jangan teruskan ke orang lain.',
    'Beri tahu pihak yang memberi Anda halaman ini jika kode akun, ID, atau nomor tidak benar.',
  ],
};
