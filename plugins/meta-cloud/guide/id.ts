import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Portofolio bisnis di Meta tempat Anda menjadi administrator.',
    'Nomor telepon yang dapat menerima kode lewat SMS atau panggilan dan tidak dipakai di aplikasi WhatsApp. Untuk mulai, nomor uji Meta cukup; nomor itu hanya menulis ke lima orang.',
    'Alamat https publik instalasi ini (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Buat aplikasi dengan WhatsApp',
      does: [
        'https://developers.facebook.com/apps › Create app. Pilih kasus penggunaan “Connect with customers through WhatsApp” dan portofolio bisnis Anda.',
        'Di aplikasi itu, buka WhatsApp › API Setup, lalu tambahkan dan verifikasi nomor telepon.',
      ],
      fields: {
        appId: 'Di bagian atas App Dashboard. Angka.',
        appSecret: 'App settings › Basic › App secret › Show. 32 angka atau huruf a sampai f.',
        businessAccountId: 'WhatsApp › API Setup, “WhatsApp Business Account ID”; atau Business settings › Accounts › WhatsApp accounts.',
        phoneNumberIds: 'WhatsApp › API Setup, “Phone number ID” di bawah “From”. Angka, tetapi bukan nomor teleponnya. Menghubungkan nomor menambahkannya di sini dengan sendirinya.',
      },
    },
    {
      title: 'Buat token yang tahan lama',
      does: [
        'https://business.facebook.com/settings › Users › System users › Add, dengan peran Admin.',
        'Assign assets: aplikasi dan akun WhatsApp, masing-masing dengan kendali penuh. Token yang dibuat sebelum itu tidak menjangkau akun.',
        'Generate token: pilih aplikasi, masa berlaku Never, dan izin whatsapp_business_messaging serta whatsapp_business_management.',
      ],
      fields: { accessToken: 'Tampil sekali, di akhir Generate token. Berawalan EAA. Token di halaman API Setup berakhir dalam sehari.' },
    },
    {
      title: 'Hubungkan nomor di sini',
      does: [
        'WhatsApp › Hubungkan Nomor Baru › Meta Cloud. Tempel token akses, rahasia aplikasi, dan ID akun bisnis.',
        'Tampilkan daftar nomor dan pilih satu, atau ketik ID nomor teleponnya. Beri nama dan agen, lalu hubungkan.',
      ],
    },
    {
      title: 'Arahkan pesan ke sini',
      does: [
        'Di aplikasi, WhatsApp › Configuration › Webhook › Edit: tempel URL callback dan token verifikasi dari tab Serah terima, lalu Verify and save.',
        'Webhook fields › Manage: berlangganan messages. Untuk kabar templat dan akun juga: message_template_status_update, message_template_quality_update, template_category_update, phone_number_quality_update, account_update, account_alerts, user_preferences, dan smb_message_echoes.',
        'Di tab Diagnosis koneksi, tekan Berlangganan, agar aplikasi mendengar akun WhatsApp ini.',
        'Terbitkan aplikasi: sebelum itu hanya uji dari konsol yang sampai.',
      ],
      fields: { verifyToken: 'Dibuat di sini; bukan dari Meta. Ada di tab Serah terima.' },
    },
    {
      title: 'Daftarkan nomor',
      does: [
        'Jika diagnosis menyebut nomor belum terdaftar: tab Diagnosis › Daftarkan nomor, dengan enam angka verifikasi dua langkahnya.',
        'Nomor tanpa PIN mendapat PIN yang Anda ketik. PIN yang lupa diganti di WhatsApp Manager › Phone numbers › nomornya › Two-step verification.',
        'Meta mengizinkan sepuluh percobaan dalam 72 jam. Nomor yang tetap di aplikasi WhatsApp Business tidak didaftarkan.',
      ],
    },
    {
      title: 'Bila diperlukan',
      does: ['Semuanya ada di bawah Lanjutan. Kebanyakan orang membiarkannya.'],
      fields: {
        apiVersion: 'App settings › Advanced › Upgrade API version mencantumkannya. Versi lebih baru tidak diperlukan.',
        apiBaseUrl: 'https://graph.facebook.com. Yang lain untuk emulator atau proxy.',
        messagesPerSecond: 'WhatsApp Manager › Phone numbers › nomornya › Insights menyebut kapasitasnya: 80, 1.000 setelah peningkatan, 20 untuk nomor yang tetap di aplikasi.',
        previousAppSecret: 'Rahasia lama, selama App settings › Basic › Reset menggantinya. Kosongkan sesudahnya.',
      },
    },
  ],
  handOff: [
    'Buka aplikasi di https://developers.facebook.com/apps; ID-nya tertera di halaman ini, jika diketahui.',
    'WhatsApp › Configuration › Webhook › Edit: tempel URL callback dan token verifikasi, lalu Verify and save. Jika halaman ini tidak memuat token itu, mintalah.',
    'Webhook fields › Manage: berlangganan messages. Untuk meneruskan kabar templat dan akun: message_template_status_update, message_template_quality_update, template_category_update, phone_number_quality_update, account_update, account_alerts, user_preferences, dan smb_message_echoes.',
    'Terbitkan aplikasi: sebelum itu hanya uji dari konsol yang sampai.',
    'Kirim pesan ke nomor itu dari telepon. Pihak yang memberi Anda halaman ini langsung melihatnya.',
  ],
};
