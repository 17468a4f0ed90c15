"""Rough exchange rates to the euro, for magnitudes; prices are never converted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

AS_OF = date(2026, 1, 1)
"""The rates are of about this date; they only have to be right within a factor of five."""

_TABLE = """
AED 4.3    AFN 77     ALL 97     AMD 450    ANG 2.1    AOA 1080   ARS 1700   AUD 1.77   AWG 2.1    AZN 2.0
BAM 1.96   BBD 2.35   BDT 143    BGN 1.96   BHD 0.44   BIF 3450   BMD 1.17   BND 1.52   BOB 8.1    BOV 1.17   BRL 6.4
BSD 1.17   BTN 105    BWP 15.7   BYN 3.5    BZD 2.36   CAD 1.62   CDF 2700   CHE 0.93   CHF 0.93   CHW 0.93
CLF 0.028  CLP 1080   CNY 8.2    COP 4500   COU 11     CRC 590    CUP 28     CVE 110    CZK 24.3   DJF 208
DKK 7.46   DOP 74     DZD 152    EGP 55.6   ERN 17.6   ETB 181    EUR 1      FJD 2.67   FKP 0.87   GBP 0.87
GEL 3.16   GHS 13     GIP 0.87   GMD 85     GNF 10200  GTQ 9.0    GYD 245    HKD 9.1    HNL 30.8   HRK 7.53
HTG 153    HUF 385    IDR 19500  ILS 3.75   INR 105    IQD 1535   IRR 1000000 ISK 147   JMD 187    JOD 0.83
JPY 184    KES 151    KGS 102    KHR 4700   KMF 492    KPW 1055   KRW 1695   KWD 0.36   KYD 0.98   KZT 595
LAK 25400  LBP 105000 LKR 363    LRD 208    LSL 19.5   LYD 6.4    MAD 10.7   MDL 19.8   MGA 5350   MKD 61.6
MMK 2465   MNT 4180   MOP 9.4    MRU 46.5   MUR 54     MVR 18.1   MWK 2035   MXN 21.1   MXV 2.5    MYR 4.77
MZN 75     NAD 19.5   NGN 1700   NIO 43.2   NOK 11.85  NPR 168    NZD 2.04   OMR 0.45   PAB 1.17   PEN 3.95
PGK 5.0    PHP 69     PKR 329    PLN 4.22   PYG 7900   QAR 4.28   RON 5.09   RSD 117.4  RUB 93     RWF 1710
SAR 4.4    SBD 9.6    SCR 16.3   SDG 705    SEK 10.9   SGD 1.51   SHP 0.87   SLE 27     SOS 670    SRD 45
SSP 5300   STN 24.5   SVC 10.3   SYP 140    SZL 19.5   THB 37     TJS 10.8   TMT 4.1    TND 3.42   TOP 2.8
TRY 50.3   TTD 7.97   TWD 36.8   TZS 2880   UAH 49.5   UGX 4240   USD 1.17   USN 1.17   UYI 7.5    UYU 46
UYW 25     UZS 14100  VED 350    VES 350    VND 30800  VUV 141    WST 3.25   XAF 656    XCD 3.17   XCG 2.1    XDR 0.86
XOF 656    XPF 119.3  YER 280    ZAR 19.5   ZMW 26.5   ZWG 31
"""

_words = _TABLE.split()
PER_EURO: Mapping[str, float] = dict(zip(_words[::2], map(float, _words[1::2]), strict=True))
"""Units per euro of every ISO 4217 currency in use, and of the lev and kuna, which sources may still name."""
